using Holdfast.Health;

namespace Holdfast.Gateway.Providers;

/// <summary>
/// What <c>healthCheck</c> says of a target: how it is asked when no call tells, and how it is judged.
/// </summary>
internal sealed record HealthCheckOptions
{
    /// <summary>
    /// So long after its last call or check a target is asked whether it is there. 10 ms to 1 day, or zero: only when
    /// somebody asks. Default 30 s.
    /// </summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one try may take. 10 ms to 1 day. Default 5 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Further tries of a check that failed. 0 to 1000. Default 2.</summary>
    public int Retries { get; init; } = 2;

    /// <summary>Without it all is not well: while it is unavailable, this is an emergency. Default false.</summary>
    public bool Critical { get; init; }

    /// <summary>
    /// What is asked instead of the list of models: a path or an address on the provider's own host. Null: the list.
    /// </summary>
    public string? Endpoint { get; init; }

    /// <summary>Text that the answer must hold. Empty, the default: any good answer will do.</summary>
    public string ExpectedResponse { get; init; } = "";

    /// <summary>Failures in a row after which it is unavailable. 1 to 1000. Default 3.</summary>
    public int UnavailableAfter { get; init; } = 3;

    /// <summary>Successes in a row after which it is better than it was. 1 to 1000. Default 2.</summary>
    public int BetterAfter { get; init; } = 2;

    /// <summary>The share of failures from which it is degraded, 0 (whatever the share) to 1. Default 0.1.</summary>
    public double DegradedErrorRate { get; init; } = 0.1;

    /// <summary>
    /// The average time until its answers begin from which it is degraded. Zero, the default: however slow; to 1 day.
    /// </summary>
    public TimeSpan DegradedResponseTime { get; init; }

    /// <summary>The library's part of them.</summary>
    public HealthOptions ToHealthOptions() => new()
    {
        Interval = Interval,
        Timeout = Timeout,
        Retries = Retries,
        UnavailableAfter = UnavailableAfter,
        BetterAfter = BetterAfter,
        DegradedErrorRate = DegradedErrorRate,
        DegradedResponseTime = DegradedResponseTime,
    };

    /// <summary>
    /// Where <see cref="Endpoint"/> is, seen from a provider. Null when that is another host than the provider's: its
    /// key goes nowhere else.
    /// </summary>
    public static Uri? AddressOf(string endpoint, Uri provider) =>
        Uri.TryCreate(provider, endpoint, out var address) && address.Scheme == provider.Scheme
        && address.Authority == provider.Authority && address.UserInfo.Length == 0
            ? address
            : null;
}

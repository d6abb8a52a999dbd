using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Retrying;
using Holdfast.Timeouts;

namespace Holdfast.Gateway.Routing;

/// <summary>One place that may answer a route's calls: a provider's model, with the limits that hold there.</summary>
internal sealed class Target(
    Provider provider, string model, double weight, RetryOptions retry, TimeoutOptions timeouts, TargetState state)
{
    private readonly AdaptiveTimeout? _attempt = Adaptive(timeouts, timeouts.Attempt, state);
    private readonly AdaptiveTimeout? _firstToken = Adaptive(timeouts, timeouts.FirstToken, state);

    public Provider Provider { get; } = provider;

    public string Model { get; } = model;

    /// <summary>Its provider's keys, as this model finds them.</summary>
    public KeyRing Keys { get; } = provider.Keys.For(state.Spent);

    public RetryOptions Retry { get; } = retry;

    public TimeoutOptions Timeouts { get; } = timeouts;

    /// <summary>Its share of the weighted strategy.</summary>
    public double Weight { get; } = weight;

    /// <summary>Lower comes first; null when a caller addressed the target directly.</summary>
    public int? Priority { get; init; }

    /// <summary>How it is checked when no call tells; of interest where a route names the target.</summary>
    public HealthCheckOptions HealthCheck { get; init; } = new();

    public TargetState State { get; } = state;

    /// <summary>
    /// False: calls are passed on as they are. Neither circuit, limits, rest nor held keys keep one away, and how one
    /// ends changes none of them; a provider isolated by hand stays isolated.
    /// </summary>
    public bool IsProtected { get; init; } = true;

    /// <summary>
    /// The limits for an attempt that starts now: as configured, or following the target's own latency below them.
    /// </summary>
    public TimeoutOptions LimitsNow() => Timeouts.Adaptive
        ? Timeouts with
        {
            Attempt = _attempt?.Current ?? Timeouts.Attempt, FirstToken = _firstToken?.Current ?? Timeouts.FirstToken,
        }
        : Timeouts;

    /// <summary>The same for one call: nothing that passes through is known to have tokens.</summary>
    public TimeoutOptions LimitsFor(CallRequest call) =>
        call.Passed is null ? LimitsNow() : Timeouts with { FirstToken = TimeSpan.Zero };

    /// <summary>Keeps later calls from what a failure says: the target is to rest, or the key is no good.</summary>
    /// <param name="fault">How an attempt ended.</param>
    /// <param name="key">The one it was sent with; null where the provider takes calls without one.</param>
    public void Restrain(ProviderFault fault, ApiKey? key)
    {
        switch (fault.Outcome)
        {
            case var _ when !IsProtected:
                break;
            case Outcome.RateLimited when fault.EndsAllowance && key is not null:
                State.Spent.Rest(key, fault.RetryAfter ?? ServerDelay.RestOfTheDay);
                break;
            case Outcome.RateLimited:
                // Without a word from the provider, as long as one would wait before a first repeat.
                State.Cooldown.Extend(fault.RetryAfter ?? Retry.BaseDelay);
                break;
            case Outcome.Quota:
                key?.Hold();
                break;
            case Outcome.Auth:
                key?.Mark();
                break;
            default:
                break;
        }
    }

    public override string ToString() => $"{Provider.Name}/{Model}";

    private static AdaptiveTimeout? Adaptive(TimeoutOptions options, TimeSpan limit, TargetState state) =>
        options.Adaptive && limit > TimeSpan.Zero
            ? new AdaptiveTimeout(state.Statistics.Latencies, new AdaptiveTimeoutOptions(), limit)
            : null;
}

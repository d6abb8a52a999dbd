using Holdfast.Admission;
using Holdfast.CircuitBreaking;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.SignIn;
using Holdfast.Retrying;
using Holdfast.Timeouts;

namespace Holdfast.Gateway.Providers;

/// <summary>
/// One entry of <c>providers</c>, as the user wrote it, over the values of <c>defaults</c>.
/// </summary>
internal sealed record ProviderOptions
{
    /// <summary>The key under <c>providers</c>.</summary>
    public required string Name { get; init; }

    /// <summary>One of the names in <see cref="ProviderTypes"/>.</summary>
    public required string Type { get; init; }

    /// <summary>Overrides the type's own base URL. Null: the type's.</summary>
    public Uri? BaseUrl { get; init; }

    /// <summary>Where it is: <see cref="BaseUrl"/> or its type's own. Null while neither says.</summary>
    public Uri? Address => BaseUrl ?? (ProviderTypes.Find(Type) is { BaseUrl.Length: > 0 } type
        && Uri.TryCreate(Filled(type.BaseUrl), UriKind.Absolute, out var own) ? own : null);

    /// <summary><c>apiKey</c> or <c>apiKeys</c>, in the order of preference. Empty: calls go out without one.</summary>
    public IReadOnlyList<string> ApiKeys { get; init; } = [];

    /// <summary>Lower first. Default 1.</summary>
    public int Priority { get; init; } = 1;

    /// <summary>Share of the weighted strategy. Default 1.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Cloud region, where the type has one (bedrock, vertex).</summary>
    public string? Region { get; init; }

    /// <summary>Cloud project, where the type has one (vertex).</summary>
    public string? Project { get; init; }

    /// <summary>Azure's <c>api-version</c>.</summary>
    public string? ApiVersion { get; init; }

    /// <summary>Azure: model name → deployment.</summary>
    public IReadOnlyDictionary<string, string> Deployments { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Output tokens asked for where the dialect needs a number and the caller gave none. Default 4096.
    /// </summary>
    public int DefaultMaxTokens { get; init; } = 4096;

    /// <summary>Fields that the provider cannot take are left out instead of refused. Default false.</summary>
    public bool DropUnsupported { get; init; }

    /// <summary>
    /// Fields of a request in OpenAI's format that the provider cannot take, beside those that its type names.
    /// </summary>
    public IReadOnlyList<string> UnsupportedFields { get; init; } = [];

    /// <summary>Where the cloud's sign-in may be used. Default <c>auto</c>: at the cloud's own hosts.</summary>
    public SignInPlaces SignIn { get; init; }

    /// <summary>Over what it counts the limits that its answers announce. Default <c>auto</c>: that shows.</summary>
    public RateLimitScope RateLimitScope { get; init; }

    /// <summary>Headers added to every request.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// What single errors of this provider mean, before its dialect's <see cref="ErrorTable"/> is asked. Default none.
    /// </summary>
    public IReadOnlyList<ErrorRule> Errors { get; init; } = [];

    public CircuitBreakerOptions CircuitBreaker { get; init; } = new();

    /// <summary>Of single models, by their names at the provider, over <see cref="CircuitBreaker"/>.</summary>
    public IReadOnlyDictionary<string, CircuitBreakerOptions> CircuitBreakers { get; init; } =
        new Dictionary<string, CircuitBreakerOptions>();

    /// <summary>For targets that say nothing else.</summary>
    public HealthCheckOptions HealthCheck { get; init; } = new();

    /// <summary>For targets addressed as <c>provider/model</c>; routes have their own.</summary>
    public RetryOptions Retry { get; init; } = new();

    /// <summary>For targets addressed as <c>provider/model</c> that no route names.</summary>
    public AdmissionOptions Queue { get; init; } = CallLimits.None;

    /// <summary>For targets addressed as <c>provider/model</c>; routes have their own.</summary>
    public TimeoutOptions Timeouts { get; init; } = new();

    /// <summary>Whether calls addressed as <c>provider/model</c> are protected; routes have their own.</summary>
    public bool Reliability { get; init; } = true;

    // Google's region that is all of them has no name of its own in the host.
    private string Filled(string address) => address
        .Replace("{region}-", Region == "global" ? "" : "{region}-", StringComparison.Ordinal)
        .Replace("{region}", Region, StringComparison.Ordinal)
        .Replace("{project}", Project, StringComparison.Ordinal);

    /// <summary>What holds for the circuit of one of the provider's models.</summary>
    public CircuitBreakerOptions CircuitBreakerOf(string model) =>
        CircuitBreakers.GetValueOrDefault(model, CircuitBreaker);
}

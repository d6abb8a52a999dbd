using Holdfast.CircuitBreaking;
using Holdfast.Gateway.Routing;

namespace Holdfast.Gateway.Admin;

/// <summary>The answer of <c>GET /admin/status</c>.</summary>
/// <param name="Version">What is running.</param>
/// <param name="Phase"><c>starting</c>, <c>serving</c> or <c>draining</c>.</param>
/// <param name="UptimeSeconds">Since the process began to answer.</param>
/// <param name="Configuration">What is in force.</param>
/// <param name="CallsInFlight">Calls that are being served now.</param>
/// <param name="Providers">In the order of the configuration.</param>
/// <param name="Findings">What is wrong, in words for people.</param>
internal sealed record StatusReport(
    string Version,
    string Phase,
    double UptimeSeconds,
    ConfigurationReport Configuration,
    int CallsInFlight,
    IReadOnlyList<ProviderStatus> Providers,
    IReadOnlyList<string> Findings);

/// <summary>The configuration in force.</summary>
/// <param name="Version">1 for the one that the process started with, one more for each after it.</param>
/// <param name="LoadedAt">When it came into force.</param>
/// <param name="ReloadSucceeded">False while the file's newest content is refused.</param>
internal sealed record ConfigurationReport(int Version, DateTimeOffset LoadedAt, bool ReloadSucceeded);

/// <summary>A provider and its models; its state is the worst of theirs.</summary>
internal sealed record ProviderStatus(
    string Name, string Status, string State, bool Available, IReadOnlyList<ModelStatus> Models)
{
    public static ProviderStatus Of(ProviderView provider) => new(
        provider.Name, provider.Status, provider.State.Word(), provider.IsAvailable,
        [.. provider.Targets.Select(ModelStatus.Of)]);
}

/// <summary>One of a provider's models.</summary>
internal sealed record ModelStatus(string Model, string Status, string State, bool Available)
{
    public static ModelStatus Of(TargetView target) => new(
        target.Target.Model, target.Status, target.Circuit.State.Word(), target.Availability.IsAvailable);
}

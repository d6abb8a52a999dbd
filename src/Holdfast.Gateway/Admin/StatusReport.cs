using Holdfast.CircuitBreaking;
using Holdfast.Gateway.Modes;
using Holdfast.Gateway.Routing;
using Holdfast.Modes;

namespace Holdfast.Gateway.Admin;

/// <summary>The answer of <c>GET /admin/status</c>.</summary>
/// <param name="Version">What is running.</param>
/// <param name="Phase"><c>starting</c>, <c>serving</c> or <c>draining</c>.</param>
/// <param name="UptimeSeconds">Since the process began to answer.</param>
/// <param name="Configuration">What is in force.</param>
/// <param name="CallsInFlight">Calls that are being served now.</param>
/// <param name="Mode">How the whole works.</param>
/// <param name="Admission">The whole gateway's limit; null without one.</param>
/// <param name="Providers">In the order of the configuration.</param>
/// <param name="Routes">In the order of the configuration.</param>
/// <param name="Findings">What is wrong, in words for people.</param>
internal sealed record StatusReport(
    string Version,
    string Phase,
    double UptimeSeconds,
    ConfigurationReport Configuration,
    int CallsInFlight,
    ModeSummary Mode,
    AdmissionReport? Admission,
    IReadOnlyList<ProviderStatus> Providers,
    IReadOnlyList<RouteStatus> Routes,
    IReadOnlyList<string> Findings);

/// <summary>The operation mode in short.</summary>
/// <param name="Mode"><c>NORMAL</c>, <c>DEGRADED</c> or <c>EMERGENCY</c>.</param>
/// <param name="SetByHand">Somebody set it.</param>
/// <param name="Since">Since when it is that, in UTC.</param>
/// <param name="Reasons">The worst first.</param>
internal sealed record ModeSummary(
    string Mode, bool SetByHand, DateTimeOffset Since, IReadOnlyList<string> Reasons)
{
    public static ModeSummary Of(ModeStatus status) =>
        new(status.Mode.Word(), status.SetByHand, status.Since, status.Reasons);
}

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
/// <param name="Model">Its name there.</param>
/// <param name="Status"><c>available</c>, <c>unavailable</c> or <c>maintenance</c>.</param>
/// <param name="State">The circuit's.</param>
/// <param name="Available">Whether a call could be sent there now.</param>
/// <param name="Statistics">How it has done.</param>
/// <param name="Admission">Its limits; null while nothing is limited.</param>
internal sealed record ModelStatus(
    string Model, string Status, string State, bool Available, StatisticsExplanation Statistics,
    AdmissionReport? Admission)
{
    public static ModelStatus Of(TargetView target) => new(
        target.Target.Model, target.Status, target.Circuit.State.Word(), target.Availability.IsAvailable,
        StatisticsExplanation.Of(target.Target.Statistics.GetSnapshot()),
        AdmissionReport.Of(target.Target.Admission.GetStatus(), target.Target.Admission.Refusals));
}

/// <summary>A route, and how often it had to fall back since the process began.</summary>
/// <param name="Name">What callers send.</param>
/// <param name="Calls">Calls that have ended, but for those that their callers ended or got wrong.</param>
/// <param name="Fallbacks">How it went when the first target was not enough.</param>
internal sealed record RouteStatus(string Name, long Calls, FallbackStatus Fallbacks)
{
    public static RouteStatus Of(Route route, FallbackSnapshot known) => new(route.Name, known.Calls,
        new FallbackStatus(known.Invocations, known.SuccessRate, known.PrimaryFailureRate,
            known.AverageLatency?.TotalMilliseconds));
}

/// <param name="Invocations">Calls in which a target other than the first was asked.</param>
/// <param name="SuccessRate">The share of them that such a target answered, 0 to 1; null without any.</param>
/// <param name="PrimaryFailureRate">The share of calls whose first target failed or could not be tried.</param>
/// <param name="AverageFallbackLatencyMs">Of calls that another target answered; null without any.</param>
internal sealed record FallbackStatus(
    long Invocations, double? SuccessRate, double PrimaryFailureRate, double? AverageFallbackLatencyMs);

using Holdfast.Gateway.Modes;
using Holdfast.Modes;

namespace Holdfast.Gateway.Admin;

/// <summary>The body of <c>PUT /admin/mode</c>.</summary>
/// <param name="Mode"><c>NORMAL</c>, <c>DEGRADED</c> or <c>EMERGENCY</c>, in any case.</param>
/// <param name="Reason">Why, in words.</param>
internal sealed record ModeRequest(string? Mode = null, string? Reason = null);

/// <summary>The body of <c>PUT /admin/mode/components/{name}</c>.</summary>
/// <param name="Severity"><c>low</c>, <c>medium</c>, <c>high</c> or <c>critical</c>.</param>
/// <param name="Reason">Why, in words.</param>
internal sealed record ComponentRequest(string? Severity = null, string? Reason = null);

/// <summary>The answer of everything below <c>/admin/mode</c>.</summary>
/// <param name="Mode"><c>NORMAL</c>, <c>DEGRADED</c> or <c>EMERGENCY</c>.</param>
/// <param name="SetByHand">Somebody set it, so components don't change it.</param>
/// <param name="Since">Since when it is that, in UTC.</param>
/// <param name="Reasons">What was set by hand, then the components, the worst first.</param>
/// <param name="Changes">Changes of the mode since the process began.</param>
/// <param name="SecondsIn">Time spent in each mode, the present included.</param>
/// <param name="Components">What is degraded, the worst first.</param>
/// <param name="History">The last changes of the mode, the latest last.</param>
/// <param name="ComponentHistory">The last changes of components, the latest last.</param>
internal sealed record ModeReport(
    string Mode,
    bool SetByHand,
    DateTimeOffset Since,
    IReadOnlyList<string> Reasons,
    long Changes,
    ModeSeconds SecondsIn,
    IReadOnlyList<ComponentReport> Components,
    IReadOnlyList<ModeChangeReport> History,
    IReadOnlyList<ComponentChangeReport> ComponentHistory)
{
    public static ModeReport Of(ModeStatus status) => new(
        status.Mode.Word(),
        status.SetByHand,
        status.Since,
        status.Reasons,
        status.Changes,
        new ModeSeconds(status.TimeInNormal.TotalSeconds, status.TimeInDegraded.TotalSeconds,
            status.TimeInEmergency.TotalSeconds),
        [.. status.Components.Select(one => new ComponentReport(
            one.Component, one.Severity.Word(), one.Reason, one.Since))],
        [.. status.History.Select(ModeChangeReport.Of)],
        [.. status.ComponentHistory.Select(one => new ComponentChangeReport(
            one.Component, one.Severity?.Word(), one.Reason, one.At))]);
}

/// <summary>Seconds spent in each mode.</summary>
internal sealed record ModeSeconds(double Normal, double Degraded, double Emergency);

/// <summary>A component that doesn't work as it should.</summary>
internal sealed record ComponentReport(string Name, string Severity, string Reason, DateTimeOffset Since);

/// <summary>One change of the mode.</summary>
internal sealed record ModeChangeReport(string From, string To, DateTimeOffset At, IReadOnlyList<string> Reasons)
{
    public static ModeChangeReport Of(ModeChange change) =>
        new(change.From.Word(), change.To.Word(), change.At, change.Reasons);
}

/// <summary>One change of a component; without a severity it works again.</summary>
internal sealed record ComponentChangeReport(string Name, string? Severity, string Reason, DateTimeOffset At);

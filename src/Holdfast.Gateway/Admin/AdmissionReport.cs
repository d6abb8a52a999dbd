using Holdfast.Admission;
using Holdfast.Gateway.Admission;

namespace Holdfast.Gateway.Admin;

/// <summary>A queue at this moment: a target's or the whole gateway's.</summary>
/// <param name="Running">Calls that run.</param>
/// <param name="MaxConcurrency">Calls that may run; 0 when there is no such limit. An adaptive one moves.</param>
/// <param name="Depth">Calls that wait.</param>
/// <param name="MaxQueueSize">Calls that may wait.</param>
/// <param name="Admitted">Calls that were let in.</param>
/// <param name="Refused">Calls that were turned away, or passed on to another target.</param>
/// <param name="Refusals">The same by reason.</param>
/// <param name="SuccessRate">The share of good ends, 0 to 1, lately.</param>
/// <param name="ProcessingRate">Calls that ended, per second, lately.</param>
/// <param name="AverageWaitMs">How long those that were let in had waited, lately.</param>
/// <param name="AverageRunTimeMs">How long calls run; null when none has ended.</param>
/// <param name="EstimatedWaitMs">How long a call of normal priority would wait.</param>
/// <param name="Saturation">Those that run and wait over those that may run; 0 without such a limit.</param>
internal sealed record AdmissionReport(
    int Running, int MaxConcurrency, int Depth, int MaxQueueSize, long Admitted, long Refused,
    IReadOnlyDictionary<string, long> Refusals, double SuccessRate, double ProcessingRate, double AverageWaitMs,
    double? AverageRunTimeMs, double EstimatedWaitMs, double Saturation)
{
    /// <summary>Null while nothing is limited.</summary>
    public static AdmissionReport? Of(AdmissionStatus? status, RefusalCounts refusals) => status is null ? null : new(
        status.Running, status.MaxConcurrency, status.Depth, status.MaxQueueSize, status.Admitted, refusals.Total,
        refusals.All.ToDictionary(known => known.Reason, known => known.Count), status.SuccessRate,
        status.ProcessingRate, status.AverageWait.TotalMilliseconds, status.AverageRunTime?.TotalMilliseconds,
        status.EstimatedWait.TotalMilliseconds, status.Saturation);
}

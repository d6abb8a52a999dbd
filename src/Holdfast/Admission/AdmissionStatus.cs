namespace Holdfast.Admission;

/// <summary>What a queue looks like at one moment, for people, dashboards and autoscalers.</summary>
/// <param name="Running">Calls that run.</param>
/// <param name="MaxConcurrency">Calls that may run; 0 when there is no limit.</param>
/// <param name="Depth">Calls that wait.</param>
/// <param name="MaxQueueSize">Calls that may wait.</param>
/// <param name="Admitted">Calls that were let in since the queue was made.</param>
/// <param name="Refused">Calls that were not, whatever the reason.</param>
/// <param name="SuccessRate">
/// The share of good ends among those that said how they ended, 0 to 1; 1 without any. Forgets with a half-life of a
/// minute, as do the next three.
/// </param>
/// <param name="ProcessingRate">Calls that ended, per second.</param>
/// <param name="AverageWait">How long those that were let in had waited, those with no wait included.</param>
/// <param name="AverageRunTime">How long calls run; null when none has ended.</param>
/// <param name="EstimatedWait">How long a call of normal priority would wait; zero when it would not.</param>
public sealed record AdmissionStatus(
    int Running,
    int MaxConcurrency,
    int Depth,
    int MaxQueueSize,
    long Admitted,
    long Refused,
    double SuccessRate,
    double ProcessingRate,
    TimeSpan AverageWait,
    TimeSpan? AverageRunTime,
    TimeSpan EstimatedWait)
{
    /// <summary>
    /// How much is asked of what can be done: those that run and those that wait, over those that may run. Above 1
    /// there is not enough of it: what an autoscaler follows. 0 when there is no limit.
    /// </summary>
    public double Saturation => MaxConcurrency == 0 ? 0 : (Running + Depth) / (double)MaxConcurrency;
}

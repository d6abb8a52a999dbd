namespace Holdfast.CircuitBreaking;

/// <summary>
/// When a circuit opens, how long it stays open, and what closes it. The three opening rules (consecutive failures,
/// failures in a window, failure ratio) may be on together; the first that is met opens the circuit. With all of them
/// off the circuit never opens by itself.
/// </summary>
public sealed record CircuitBreakerOptions
{
    private const int MostProbes = 1000;
    private static readonly TimeSpan ShortestPeriod = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>Failures in a row that open the circuit. 0 or more; 0 = the rule is off. Default 5.</summary>
    public int FailureThreshold { get; init; } = 5;

    /// <summary>
    /// Failures within <see cref="MonitoringPeriod"/> that open the circuit. 0 or more; 0 = the rule is off. Default 0.
    /// </summary>
    public int WindowThreshold { get; init; }

    /// <summary>
    /// Share of failed calls within <see cref="MonitoringPeriod"/> that opens the circuit, once
    /// <see cref="MinimumCalls"/> are in the period. From 0 to 1; 0 = the rule is off. Default 0.
    /// </summary>
    public double FailureRatio { get; init; }

    /// <summary>
    /// Calls that must be in the period before <see cref="FailureRatio"/> is looked at. At least 2, so that one lone
    /// failure never opens the circuit by the ratio. Default 20.
    /// </summary>
    public int MinimumCalls { get; init; } = 20;

    /// <summary>
    /// How far back the window and the ratio look, to a twentieth of it: nothing older counts, and what is in the
    /// oldest twentieth may have left already. From 100 ms to 1 day. Default 2 minutes.
    /// </summary>
    public TimeSpan MonitoringPeriod { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// How long the circuit stays open before the first probe. It doubles each time a probe fails. More than zero, up
    /// to 1 day. Default 60 s.
    /// </summary>
    public TimeSpan RecoveryTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The cap of the doubling. From <see cref="RecoveryTimeout"/> to 1 day. Default 10 minutes.
    /// </summary>
    public TimeSpan MaxRecoveryTime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Successful probes that close a half-open circuit. At least 1. Default 2.</summary>
    public int SuccessThreshold { get; init; } = 2;

    /// <summary>Probes in flight at once while half-open. From 1 to 1000. Default 1.</summary>
    public int HalfOpenProbes { get; init; } = 1;

    /// <summary>
    /// After this time a probe that nobody settled loses its place to the next one, so that a leaked permit cannot
    /// keep the target out for ever. More than zero, up to 1 day. Default 15 minutes.
    /// </summary>
    public TimeSpan PermitLifetime { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Everything that is wrong with these values, each as <c>where: what: what is allowed</c>.</summary>
    /// <returns>Nothing when the options are usable.</returns>
    public IEnumerable<string> Problems()
    {
        if (FailureThreshold < 0)
            yield return $"failureThreshold: {FailureThreshold}: 0 (off) or more";
        if (WindowThreshold < 0)
            yield return $"windowThreshold: {WindowThreshold}: 0 (off) or more";
        if (!(FailureRatio >= 0 && FailureRatio <= 1))
            yield return FormattableString.Invariant($"failureRatio: {FailureRatio}: 0 (off) to 1");
        if (MinimumCalls < 2)
            yield return $"minimumCalls: {MinimumCalls}: 2 or more";
        if (MonitoringPeriod < ShortestPeriod || MonitoringPeriod > Longest)
            yield return $"monitoringPeriod: {MonitoringPeriod}: 100 ms to 1 day";
        if (RecoveryTimeout <= TimeSpan.Zero || RecoveryTimeout > Longest)
            yield return $"recoveryTimeout: {RecoveryTimeout}: more than 0, up to 1 day";
        if (MaxRecoveryTime < RecoveryTimeout || MaxRecoveryTime > Longest)
            yield return $"maxRecoveryTime: {MaxRecoveryTime}: recoveryTimeout ({RecoveryTimeout}) to 1 day";
        if (SuccessThreshold < 1)
            yield return $"successThreshold: {SuccessThreshold}: 1 or more";
        if (HalfOpenProbes is < 1 or > MostProbes)
            yield return $"halfOpenProbes: {HalfOpenProbes}: 1 to {MostProbes}";
        if (PermitLifetime <= TimeSpan.Zero || PermitLifetime > Longest)
            yield return $"permitLifetime: {PermitLifetime}: more than 0, up to 1 day";
    }
}

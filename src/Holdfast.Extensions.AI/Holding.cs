using System.Diagnostics;
using Holdfast.CircuitBreaking;
using Holdfast.Execution;
using Holdfast.Failover;
using Holdfast.Telemetry;
using Holdfast.Timeouts;

namespace Holdfast.Extensions.AI;

/// <summary>Keeps the reports of a call.</summary>
internal interface ITrailKeeper
{
    AttemptTrail Trail(AttemptReport? winner);

    void Replace(AttemptReport before, AttemptReport after);
}

/// <summary>
/// An answer with what goes with it until it is used up: permit, clock, span and its line in the trail.
/// </summary>
internal sealed class Holding<TAnswer>(TAnswer answer, string target, CircuitPermit permit, AttemptClock clock,
    Activity? span, AttemptReport report, ITrailKeeper keeper)
{
    private AttemptReport _report = report;
    private IDisposable? _lifetime;
    private Action<Outcome, AttemptTrail>? _ended;
    private int _settled;

    public TAnswer Answer => answer;

    public string Target => target;

    public AttemptClock Clock => clock;

    public AttemptTrail Trail => keeper.Trail(_report);

    /// <summary>It is the call's answer.</summary>
    public void Won(IDisposable? lifetime, Action<Outcome, AttemptTrail> ended) =>
        (_lifetime, _ended) = (lifetime, ended);

    /// <summary>Says how it ended. Only the first word counts.</summary>
    public void Settle(Outcome outcome, Exception? exception)
    {
        if (Interlocked.Exchange(ref _settled, 1) != 0)
            return;
        permit.Settle(outcome);
        CallTelemetry.EndAttempt(span, outcome, exception);
        clock.Dispose();
        _lifetime?.Dispose();
        if (outcome == Outcome.Ok)
            return;
        var ended = _report with { Outcome = outcome, Exception = exception, Message = exception?.Message };
        keeper.Replace(_report, ended);
        _report = ended;
    }

    /// <summary>Ends the call; after everything is settled.</summary>
    public AttemptTrail Complete()
    {
        _lifetime?.Dispose();
        var trail = Trail;
        _ended?.Invoke(_report.Outcome, trail);
        return trail;
    }
}

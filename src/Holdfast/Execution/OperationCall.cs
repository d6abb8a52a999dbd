using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Telemetry;
using Holdfast.Timeouts;

namespace Holdfast.Execution;

/// <summary>One call of an operation: the attempts that the loop asks for, and their trail.</summary>
internal sealed class OperationCall<T>(CallTelemetry telemetry, OperationPlace<T>[] places, OperationOptions<T> options,
    AttemptPlan plan, HedgeBudget hedges, Deadline deadline, TimeProvider time) : IFailoverCall<T>
{
    private readonly Lock _gate = new();
    private readonly List<AttemptReport> _trail = [];
    private readonly HashSet<int> _skipped = [];

    public AttemptTrail Trail
    {
        get
        {
            NoteSkipped();
            lock (_gate)
                return new AttemptTrail(_trail);
        }
    }

    public Availability Look(int target) => places[target].Look();

    public TimeSpan? HedgeAfter(int target) => options.HedgeAfter;

    public bool TryHedge()
    {
        if (!hedges.TryHedge())
            return false;
        telemetry.HedgeStarted();
        return true;
    }

    public void Discard(int target, T answer) => options.Discard?.Invoke(answer);

    public async ValueTask<FailoverAttempt<T>> AttemptAsync(AttemptStep step, CancellationToken cancellation)
    {
        NoteSkipped();
        var place = places[step.Target];
        if (!place.Breaker.TryAcquire(out var permit))
            return new FailoverAttempt<T>(Outcome.CircuitOpen);
        place.Statistics.Started();
        var span = telemetry.StartAttempt(place.Target.Name);
        var started = time.GetTimestamp();
        var (outcome, value, thrown) = await RunAsync(place, permit, cancellation).ConfigureAwait(false);
        var took = time.GetElapsedTime(started);
        place.Statistics.Record(outcome, took);
        if (outcome == Outcome.RateLimited)
            place.Cooldown.Extend(options.Retry.BaseDelay);
        var report = new AttemptReport(place.Target.Name, outcome, took)
        {
            Exception = thrown,
            Message = thrown?.Message ?? (outcome == Outcome.BadAnswer ? "the answer isn't good" : null),
            IsRepeat = step.IsRepeat,
        };
        telemetry.AttemptEnded(place.Target.Name, outcome, took, thrown);
        CallTelemetry.EndAttempt(span, outcome, thrown);
        lock (_gate)
            _trail.Add(report);
        return new FailoverAttempt<T>(outcome, value);
    }

    private async ValueTask<(Outcome Outcome, T? Value, Exception? Thrown)> RunAsync(
        OperationPlace<T> place, CircuitPermit permit, CancellationToken cancellation)
    {
        using var clock = new AttemptClock(time, place.LimitsNow, streaming: false, deadline, cancellation);
        Outcome outcome;
        T? value = default;
        Exception? thrown = null;
        try
        {
            value = await place.Target.Run(clock.Token).ConfigureAwait(false);
            outcome = Judge(value, out thrown);
        }
        catch (Exception exception)
        {
            thrown = exception;
            outcome = Classify(exception, clock, cancellation);
        }

        permit.Settle(outcome);
        return (outcome, outcome == Outcome.Ok ? value : default, thrown);
    }

    private Outcome Judge(T value, out Exception? thrown)
    {
        thrown = null;
        try
        {
            if (options.IsGood?.Invoke(value) != false)
                return Outcome.Ok;
        }
        catch (Exception exception)
        {
            thrown = exception;
        }

        options.Discard?.Invoke(value);
        return Outcome.BadAnswer;
    }

    private Outcome Classify(Exception exception, AttemptClock clock, CancellationToken cancellation)
    {
        if (exception is OperationCanceledException && cancellation.IsCancellationRequested)
            return Outcome.Cancelled;
        if (clock.Struck != TimeoutKind.None && exception is OperationCanceledException or TimeoutException)
            return clock.Struck == TimeoutKind.Call ? Outcome.Cancelled : Outcome.Timeout;
        if (exception is InjectedFaultException injected)
            return injected.Outcome;
        var outcome = options.Classify(exception);
        // An exception is no answer, and something that ran was tried.
        return outcome.IsAttempt() && outcome != Outcome.Ok ? outcome : Outcome.ServerError;
    }

    private void NoteSkipped()
    {
        foreach (var skipped in plan.Skipped)
        {
            lock (_gate)
            {
                if (_skipped.Add(skipped.Target))
                    _trail.Add(new AttemptReport(places[skipped.Target].Target.Name, skipped.Why, TimeSpan.Zero));
            }
        }
    }
}

using System.Diagnostics;
using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Telemetry;
using Holdfast.Timeouts;

namespace Holdfast.Execution;

/// <summary>
/// One call of an operation: the attempts that the loop asks for, and their trail. One whose attempts cannot overlap
/// serves the next call when it has ended.
/// </summary>
internal sealed class OperationCall<T> : IFailoverCall<T>
{
    private const int MostSpares = 256;

    private static readonly Spares<OperationCall<T>> Spares = new(MostSpares);

    private readonly Lock _gate = new();
    private readonly List<AttemptReport> _trail = [];
    private readonly HashSet<int> _skipped = [];
    private ResilientOperation<T> _operation = null!;
    private OperationPlace<T>[] _places = [];
    private OperationOptions<T> _options = null!;
    private AttemptPlan _plan = null!;
    private Deadline _deadline;

    // A good attempt before which there was nothing, until something follows it.
    private string? _first;
    private TimeSpan _firstTook;

    private OperationCall()
    {
    }

    /// <summary>The trail so far; another good answer than the winner's lost its race.</summary>
    public AttemptTrail TrailOf(string? winner)
    {
        NoteSkipped();
        lock (_gate)
        {
            if (_first is not null)
                return new AttemptTrail(_first, _firstTook);
            for (var i = 0; i < _trail.Count; i++)
            {
                if (_trail[i].Outcome == Outcome.Ok && _trail[i].Target != winner)
                    _trail[i] = _trail[i] with { Outcome = Outcome.Cancelled };
            }

            return new AttemptTrail(_trail);
        }
    }

    public static OperationCall<T> Start(ResilientOperation<T> operation, OperationPlace<T>[] places, AttemptPlan plan,
        Deadline deadline)
    {
        var call = Spares.Take() ?? new OperationCall<T>();
        call._operation = operation;
        call._options = operation.Options;
        call._places = places;
        call._plan = plan;
        call._deadline = deadline;
        return call;
    }

    /// <summary>The call has ended, and none of its attempts runs any more.</summary>
    public void GiveBack()
    {
        _operation = null!;
        _places = [];
        _options = null!;
        _plan = null!;
        _first = null;
        _trail.Clear();
        _skipped.Clear();
        Spares.TryKeep(this);
    }

    public Availability Look(int target) => _places[target].Look();

    public TimeSpan? HedgeAfter(int target) => _options.HedgeAfter;

    public bool TryHedge()
    {
        // Half-open it looks available: its probes are for finding out, not for saving time.
        foreach (var place in _places)
        {
            if (place.Breaker.State != CircuitState.Closed)
                return false;
        }

        return _operation.TryHedge();
    }

    public void Discard(int target, T answer) => _options.Discard?.Invoke(answer);

    public async ValueTask<FailoverAttempt<T>> AttemptAsync(AttemptStep step, CancellationToken cancellation)
    {
        NoteSkipped();
        var place = _places[step.Target];
        if (!place.Breaker.TryAcquire(out var permit))
            return new FailoverAttempt<T>(Outcome.CircuitOpen);
        var time = _operation.Time;
        var telemetry = _operation.Telemetry;
        var started = time.GetTimestamp();
        place.Statistics.Started(started);
        var span = telemetry.StartAttempt(place.Target.Name);
        using var clock = new AttemptClock(
            time, place.LimitsNow, streaming: false, _deadline, cancellation, _options.LendTokens);
        Outcome outcome;
        TimeSpan? delay = null;
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
            outcome = Classify(exception, clock, cancellation, permit, span, out delay);
        }

        permit.Settle(outcome);
        var ended = time.GetTimestamp();
        Book(place, step, outcome, thrown, time.GetElapsedTime(started, ended), ended);
        place.Rest(outcome, delay, _options.Retry);
        CallTelemetry.EndAttempt(span, outcome, thrown);
        return new FailoverAttempt<T>(outcome, outcome == Outcome.Ok ? value : default)
        {
            ServerDelay = delay,
            // It may have waited there already.
            Repeat = outcome == Outcome.Saturated ? RepeatRule.Never : null,
        };
    }

    private void Book(OperationPlace<T> place, AttemptStep step, Outcome outcome, Exception? thrown, TimeSpan took,
        long ended)
    {
        place.Statistics.Record(outcome, took, ended);
        if (outcome.IsAttempt())
            _operation.Telemetry.AttemptEnded(place.Target.Name, outcome, took, thrown);
        lock (_gate)
        {
            if (!outcome.IsAttempt())
                _skipped.Add(step.Target);
            if (outcome == Outcome.Ok && _first is null && _trail.Count == 0)
            {
                (_first, _firstTook) = (place.Target.Name, took);
                return;
            }

            AddUnderLock(new AttemptReport(place.Target.Name, outcome, took)
            {
                Exception = thrown,
                Message = thrown?.Message ?? (outcome == Outcome.BadAnswer ? "the answer isn't good" : null),
                IsRepeat = step.IsRepeat,
            });
        }
    }

    private void AddUnderLock(AttemptReport report)
    {
        if (_first is not null)
            _trail.Add(new AttemptReport(_first, Outcome.Ok, _firstTook));
        _first = null;
        _trail.Add(report);
    }

    private Outcome Judge(T value, out Exception? thrown)
    {
        thrown = null;
        try
        {
            if (_options.IsGood?.Invoke(value) != false)
                return Outcome.Ok;
        }
        catch (Exception exception)
        {
            thrown = exception;
        }

        _options.Discard?.Invoke(value);
        return Outcome.BadAnswer;
    }

    private Outcome Classify(Exception exception, AttemptClock clock, CancellationToken cancellation,
        CircuitPermit permit, Activity? span, out TimeSpan? serverDelay)
    {
        serverDelay = null;
        // Whatever it throws then: a socket that is closed under a call says so in its own way.
        if (cancellation.IsCancellationRequested || clock.Struck == TimeoutKind.Call)
            return Outcome.Cancelled;
        if (clock.Struck != TimeoutKind.None)
            return Outcome.Timeout;
        if (exception is InjectedFaultException injected)
            return injected.Outcome;
        Outcome outcome;
        try
        {
            outcome = _options.Classify(exception);
            serverDelay = _options.ServerDelay?.Invoke(exception);
        }
        catch
        {
            // A defect of whoever judges the exception: it ends the call, but it must not cost the target a probe.
            permit.Abandoned();
            CallTelemetry.EndAttempt(span, Outcome.ServerError, exception);
            throw;
        }

        // An exception is no answer, and something that ran was tried, unless a queue within it kept it away.
        return (outcome.IsAttempt() && outcome != Outcome.Ok) || outcome == Outcome.Saturated
            ? outcome
            : Outcome.ServerError;
    }

    private void NoteSkipped()
    {
        for (var number = 1; number <= _plan.Skips; number++)
        {
            if (!_plan.TryGetSkipped(number, out var skipped))
                continue;
            lock (_gate)
            {
                if (_skipped.Add(skipped.Target))
                    AddUnderLock(
                        new AttemptReport(_places[skipped.Target].Target.Name, skipped.Why, TimeSpan.Zero));
            }
        }
    }
}

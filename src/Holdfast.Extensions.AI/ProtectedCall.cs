using System.Diagnostics;
using Holdfast.CircuitBreaking;
using Holdfast.Execution;
using Holdfast.Failover;
using Holdfast.Telemetry;
using Holdfast.Timeouts;

namespace Holdfast.Extensions.AI;

/// <summary>What is asked of each target.</summary>
internal interface IQuestion<TClient, TAnswer>
{
    /// <summary>Whether the answer is a stream, which ends long after it has won.</summary>
    bool IsStream { get; }

    /// <summary>The model that the caller asked for; null for the client's own.</summary>
    string? Model { get; }

    /// <summary>
    /// Asks, and writes into the span what the answer says of itself. It throws whatever the client throws, and
    /// <see cref="BadAnswerException"/>.
    /// </summary>
    Task<TAnswer> AskAsync(Slot<TClient> slot, AttemptClock clock, Activity? span);

    /// <summary>Disposes of an answer that nobody wants.</summary>
    void Drop(TAnswer answer);
}

/// <summary>One call as the loop runs it: permits, clocks, classification and the trail.</summary>
internal sealed class ProtectedCall<TClient, TAnswer>(TargetPool<TClient> pool, Slot<TClient>[] slots, AttemptPlan plan,
    Deadline deadline, IQuestion<TClient, TAnswer> question) : IFailoverCall<Holding<TAnswer>>, ITrailKeeper
    where TClient : class, IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<AttemptReport> _reports = [];
    private readonly HashSet<int> _skipped = [];

    public Availability Look(int target) => slots[target].State.Look();

    public TimeSpan? HedgeAfter(int target) => TargetPool<TClient>.HedgeAfter(slots[target].State);

    public bool TryHedge()
    {
        // Half-open it looks available: its probes are for finding out, not for saving time.
        if (slots.Any(slot => slot.State.Breaker.State != CircuitState.Closed) || !pool.TryHedge())
            return false;
        pool.Telemetry.HedgeStarted();
        return true;
    }

    public void Discard(int target, Holding<TAnswer> answer)
    {
        question.Drop(answer.Answer);
        answer.Settle(Outcome.Cancelled, null);
    }

    public async ValueTask<FailoverAttempt<Holding<TAnswer>>> AttemptAsync(
        AttemptStep step, CancellationToken cancellation)
    {
        NoteSkipped();
        var slot = slots[step.Target];
        if (!slot.State.Breaker.TryAcquire(out var permit))
            return new FailoverAttempt<Holding<TAnswer>>(Outcome.CircuitOpen);

        slot.State.Statistics.Started();
        var span = pool.StartAttempt(slot, question.Model);
        var time = pool.Options.Time;
        var started = time.GetTimestamp();
        var clock = new AttemptClock(time, pool.Options.Timeouts, question.IsStream, deadline, cancellation);
        try
        {
            var answer = await question.AskAsync(slot, clock, span).ConfigureAwait(false);
            var took = time.GetElapsedTime(started);
            var report = new AttemptReport(slot.State.Name, Outcome.Ok, took) { IsRepeat = step.IsRepeat };
            Note(step.Target, report);
            return new FailoverAttempt<Holding<TAnswer>>(Outcome.Ok, Hold(slot, answer, permit, clock, span, report));
        }
        catch (Exception exception)
        {
            ExceptionOutcome ended;
            try
            {
                ended = Judge(exception, clock, cancellation);
            }
            catch (Exception defect)
            {
                // The classifier's, not the target's: it must cost neither a probe nor a timer.
                clock.Dispose();
                permit.Abandoned();
                CallTelemetry.EndAttempt(span, Outcome.Cancelled, defect);
                throw;
            }

            clock.Dispose();
            permit.Settle(ended.Outcome);
            var took = time.GetElapsedTime(started);
            slot.State.Book(ended, took, pool.Options);
            CallTelemetry.EndAttempt(span, ended.Outcome, exception);
            pool.Warn(slot, SdkRetries.Of(exception));
            Note(step.Target, new AttemptReport(slot.State.Name, ended.Outcome, took)
            {
                Message = exception.Message,
                Exception = exception,
                IsRepeat = step.IsRepeat,
            });
            return new FailoverAttempt<Holding<TAnswer>>(ended.Outcome)
            {
                ServerDelay = ended.ServerDelay,
                // What was kept away below would be again; it may have waited there.
                Repeat = ended.MayRepeat && ended.Outcome.IsAttempt() ? null : RepeatRule.Never,
            };
        }
    }

    /// <summary>The trail; another answer than the winner's lost its race.</summary>
    public AttemptTrail Trail(AttemptReport? winner)
    {
        NoteSkipped();
        lock (_gate)
        {
            return new AttemptTrail(_reports.Select(report =>
                report.Outcome == Outcome.Ok && !ReferenceEquals(report, winner)
                    ? report with { Outcome = Outcome.Cancelled }
                    : report));
        }
    }

    public void Replace(AttemptReport before, AttemptReport after)
    {
        lock (_gate)
            _reports[_reports.FindIndex(report => ReferenceEquals(report, before))] = after;
    }

    private Holding<TAnswer> Hold(Slot<TClient> slot, TAnswer answer, CircuitPermit permit, AttemptClock clock,
        Activity? span, AttemptReport report)
    {
        slot.State.Book(new ExceptionOutcome(Outcome.Ok), report.Duration, pool.Options);
        if (question.IsStream)
            permit.Committed();
        var holding = new Holding<TAnswer>(answer, slot.State.Name, permit, clock, span, report, this);
        if (!question.IsStream)
            holding.Settle(Outcome.Ok, null);
        return holding;
    }

    private ExceptionOutcome Judge(Exception exception, AttemptClock clock, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested || clock.Struck == TimeoutKind.Call)
            return new ExceptionOutcome(Outcome.Cancelled);
        if (clock.Struck != TimeoutKind.None)
            return new ExceptionOutcome(Outcome.Timeout);
        if (exception is BadAnswerException)
            return new ExceptionOutcome(Outcome.BadAnswer);
        var judged = pool.Options.Classify?.Invoke(exception)
            ?? SdkExceptionOutcomes.Classify(exception, pool.Options.Time.GetUtcNow());
        // An exception is no answer, and a cancellation that nobody asked for is the client's own limit.
        return judged.Outcome switch
        {
            Outcome.Ok => judged with { Outcome = Outcome.ServerError },
            Outcome.Cancelled => judged with { Outcome = Outcome.Timeout },
            _ => judged,
        };
    }

    private void NoteSkipped()
    {
        lock (_gate)
        {
            foreach (var skipped in plan.Skipped)
            {
                if (!_skipped.Add(skipped.Target))
                    continue;
                // A target that cools down was rate-limited in another call; this one only finds it held.
                var word = skipped.Why == Outcome.RateLimited ? Outcome.Held : skipped.Why;
                _reports.Add(new AttemptReport(slots[skipped.Target].State.Name, word, TimeSpan.Zero)
                {
                    WasSent = false,
                });
            }
        }
    }

    private void Note(int target, AttemptReport report)
    {
        if (report.WasSent)
            pool.Telemetry.AttemptEnded(report.Target, report.Outcome, report.Duration, report.Exception);
        lock (_gate)
        {
            // It is noted here, with what was thrown, and not once more as one that was passed over.
            if (!report.WasSent)
                _skipped.Add(target);
            _reports.Add(report);
        }
    }
}

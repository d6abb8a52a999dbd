using Holdfast.Failover;
using Holdfast.Retrying;
using Holdfast.Timeouts;

namespace Holdfast.Tests.Failover;

/// <summary>Random schedules: which attempt ends next, how, and when time passes or the caller leaves.</summary>
public class FailoverLoopProperties
{
    [Fact]
    public void Every_attempt_ends_once_and_one_wins_at_most() => Property.HoldsFor(numbers =>
    {
        var call = new RandomCall(numbers);

        var result = call.RunToEnd();

        var answers = call.Started.Where(attempt => attempt.Ended is { IsCompleted: true, Result.Outcome: Outcome.Ok })
            .Select(attempt => attempt.Answer).ToList();
        Assert.All(call.Started, attempt => Assert.True(attempt.Ended.IsCompleted, $"{attempt.Step} never ended"));
        Assert.Equal(call.Discarded.Count, call.Discarded.Distinct().Count());
        var kept = result.IsSuccess ? call.Discarded.Append(result.Answer!) : call.Discarded;
        Assert.Equal(answers.Order(), kept.Order());
    });

    [Fact]
    public void There_are_no_more_attempts_than_targets_and_retries() => Property.HoldsFor(numbers =>
    {
        var call = new RandomCall(numbers);

        var result = call.RunToEnd();

        Assert.InRange(call.Started.Count, 0, call.Now.Length + call.Retry.MaxRetries);
        Assert.InRange(call.Started.Count(attempt => attempt.Step.IsRepeat), 0, call.Retry.MaxRetries);
        Assert.InRange(result.Hedges, 0, call.Launch.MayHedge ? 1 : 0);
        Assert.InRange(call.MostAtOnce, 0, call.Launch.AtOnce + result.Hedges);
    });

    [Fact]
    public void A_repeat_runs_alone() => Property.HoldsFor(numbers =>
    {
        var call = new RandomCall(numbers);

        call.RunToEnd();

        Assert.False(call.RepeatHadCompany);
    });

    [Fact]
    public void Nothing_starts_at_a_target_that_is_not_available() => Property.HoldsFor(numbers =>
    {
        var call = new RandomCall(numbers);

        call.RunToEnd();

        Assert.All(call.Started, attempt => Assert.True(attempt.WasAvailable));
    });

    private sealed class RandomCall : IFailoverCall<string>
    {
        private readonly Lock _gate = new();
        private readonly Property.Numbers _numbers;
        private readonly ManualTimeProvider _time = new();
        private readonly CancellationTokenSource _caller = new();

        public RandomCall(Property.Numbers numbers)
        {
            _numbers = numbers;
            Now = new Availability[numbers.Below(5)];
            for (var i = 0; i < Now.Length; i++)
                Now[i] = numbers.Below(4) == 0 ? Availability.Not(Outcome.CircuitOpen) : Availability.Now;
            Launch = new FailoverLaunch(1 + numbers.Below(4), numbers.Below(2) == 0);
            Retry = new RetryOptions { Jitter = false, MaxRetries = numbers.Below(4) };
        }

        public Availability[] Now { get; }

        public FailoverLaunch Launch { get; }

        public RetryOptions Retry { get; }

        public List<Attempt> Started { get; } = [];

        public List<string> Discarded { get; } = [];

        public int MostAtOnce { get; private set; }

        public bool RepeatHadCompany { get; private set; }

        public Availability Look(int target) => Now[target];

        public ValueTask<FailoverAttempt<string>> AttemptAsync(AttemptStep step, CancellationToken cancellation)
        {
            using var entered = _gate.EnterScope();
            var running = Started.Where(attempt => !attempt.Ended.IsCompleted).ToList();
            RepeatHadCompany |= (step.IsRepeat && running.Count > 0) || running.Exists(other => other.Step.IsRepeat);
            var attempt = new Attempt(step, $"{Started.Count}", Now[step.Target].IsAvailable, _numbers.Below(3) == 0);
            Started.Add(attempt);
            cancellation.Register(attempt.Struck);
            MostAtOnce = Math.Max(MostAtOnce, running.Count + 1);
            return new ValueTask<FailoverAttempt<string>>(attempt.Ended);
        }

        public TimeSpan? HedgeAfter(int target) => TimeSpan.FromSeconds(1);

        public bool TryHedge() => Draw(3) != 0;

        public void Discard(int target, string answer)
        {
            lock (_gate)
                Discarded.Add(answer);
        }

        public FailoverResult<string> RunToEnd()
        {
            var plan = new AttemptPlan(Now.Length, Retry, new Backoff(new Random(1)));
            var running = FailoverLoop.RunAsync<RandomCall, string>(this, plan, Launch,
                Deadline.After(TimeSpan.FromMinutes(1), _time), _time, _caller.Token).AsTask();
            while (!running.IsCompleted)
                Step();
            foreach (var attempt in Started)
                attempt.End(Outcome.Cancelled);
            var result = running.GetAwaiter().GetResult();
            // A deaf loser is taken back after the call.
            var answers = Started.Count(attempt => attempt.Ended.Result.Outcome == Outcome.Ok);
            Soon.Until(() => Taken() >= answers - (result.IsSuccess ? 1 : 0));
            return result;
        }

        private int Taken()
        {
            lock (_gate)
                return Discarded.Count;
        }

        private int Draw(int end)
        {
            lock (_gate)
                return _numbers.Below(end);
        }

        private void Step()
        {
            List<Attempt> running;
            lock (_gate)
                running = Started.FindAll(attempt => !attempt.Ended.IsCompleted);
            var action = _numbers.More ? Draw(8) : 6;
            if (action == 0 && Now.Length > 0)
                Now[Draw(Now.Length)] = Availability.Now;
            else if (action == 1 && Draw(5) == 0)
                _caller.Cancel();
            else if (action is 2 or 3 && running.Count > 0)
                running[Draw(running.Count)].End(Outcome.Ok);
            else if (action is 4 or 5 or 6 && running.Count > 0)
                running[Draw(running.Count)].End((Outcome)Draw((int)Outcome.Cancelled));
            else
                _time.Advance(TimeSpan.FromMilliseconds(700));
            // What a struck token runs may be on its way on another thread.
            Thread.Yield();
        }
    }

    private sealed class Attempt(AttemptStep step, string answer, bool wasAvailable, bool isDeaf)
    {
        private readonly TaskCompletionSource<FailoverAttempt<string>> _end =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public AttemptStep Step => step;

        public string Answer => answer;

        public bool WasAvailable => wasAvailable;

        public Task<FailoverAttempt<string>> Ended => _end.Task;

        public void Struck()
        {
            if (!isDeaf)
                End(Outcome.Cancelled);
        }

        public void End(Outcome outcome) =>
            _end.TrySetResult(new FailoverAttempt<string>(outcome, outcome == Outcome.Ok ? answer : null));
    }
}

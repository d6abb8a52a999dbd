using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Retrying;
using Holdfast.Timeouts;
using Xunit.Abstractions;

namespace Holdfast.Tests.Failover;

/// <summary>Thousands of races with real breakers on many threads; the printed seed repeats the choices.</summary>
public class FailoverLoopStressTests(ITestOutputHelper output)
{
    private const int Calls = 6000;

    [Fact]
    public async Task Cancelled_races_leave_no_permit_and_no_answer_behind()
    {
        var seed = (int)TimeProvider.System.GetTimestamp();
        output.WriteLine($"seed {seed}");
        var options = new CircuitBreakerOptions
        {
            FailureThreshold = 3, HalfOpenProbes = 2, RecoveryTimeout = TimeSpan.FromMilliseconds(1),
            MaxRecoveryTime = TimeSpan.FromMilliseconds(2), PermitLifetime = TimeSpan.FromDays(1),
        };
        var time = new ManualTimeProvider();
        var breakers = Enumerable.Range(0, 4).Select(i => new CircuitBreaker($"t{i}", options, time)).ToArray();
        var account = new Account();

        await Parallel.ForEachAsync(Enumerable.Range(0, Calls), new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (number, _) =>
            {
                var random = new Random(HashCode.Combine(seed, number));
                using var caller = new CancellationTokenSource();
                var call = new RacingCall(breakers, random.Next(), account);
                var launch = new FailoverLaunch(random.Next(1, 5), random.Next(2) == 0);
                var plan = new AttemptPlan(breakers.Length,
                    new RetryOptions { MaxRetries = 2, BaseDelay = TimeSpan.Zero }, new Backoff(random));
                var running = FailoverLoop.RunAsync<RacingCall, object>(
                    call, plan, launch, Deadline.None, TimeProvider.System, caller.Token);
                time.Advance(TimeSpan.FromTicks(random.Next(20_000)));
                if (random.Next(3) != 0)
                    await caller.CancelAsync();
                var result = await running;
                if (result.IsSuccess)
                    Interlocked.Increment(ref account.Won);
                result.Lifetime?.Dispose();
                Assert.InRange(result.Hedges, 0, 1);
            });

        // A loser may end after its call; nothing of it may be missing then.
        await UntilAsync(() => account.IsSettled).SoonAsync();
        Assert.True(account.IsSettled, account.ToString());
        output.WriteLine(account.ToString());
        time.Advance(TimeSpan.FromSeconds(1));
        foreach (var breaker in breakers)
        {
            if (breaker.State == CircuitState.Closed)
                continue;
            Assert.True(breaker.TryAcquire(out var first), $"{breaker.Name}: a probe's place was lost");
            Assert.True(breaker.TryAcquire(out var second), $"{breaker.Name}: the other probe's place was lost");
            Assert.False(breaker.TryAcquire(out _));
            first.Abandoned();
            second.Abandoned();
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
            await Task.Yield();
    }

    private sealed class Account
    {
        public long Started;
        public long Failed;
        public long Answers;
        public long Won;
        public long Discarded;

        public bool IsSettled => Started == Failed + Answers && Answers == Won + Discarded;

        public override string ToString() =>
            $"{Started} started, {Failed} failed, {Answers} answers, {Won} won, {Discarded} discarded";
    }

    private sealed class RacingCall(CircuitBreaker[] breakers, int seed, Account account) : IFailoverCall<object>
    {
        private readonly Lock _gate = new();
        private readonly Random _random = new(seed);
        private readonly HashSet<object> _discarded = [];

        public Availability Look(int target) => breakers[target].IsAvailable
            ? Availability.Now
            : Availability.Not(Outcome.CircuitOpen, breakers[target].RetryAfter);

        public async ValueTask<FailoverAttempt<object>> AttemptAsync(AttemptStep step, CancellationToken cancellation)
        {
            if (!breakers[step.Target].TryAcquire(out var permit))
                return new FailoverAttempt<object>(Outcome.CircuitOpen);
            Interlocked.Increment(ref account.Started);
            int rounds, kind;
            lock (_gate)
                (rounds, kind) = (_random.Next(6), _random.Next(10));
            var heeds = kind != 9;
            for (var i = 0; i < rounds && !(heeds && cancellation.IsCancellationRequested); i++)
                await Task.Yield();
            var outcome = heeds && cancellation.IsCancellationRequested ? Outcome.Cancelled
                : kind < 4 ? Outcome.ServerError : Outcome.Ok;
            permit.Settle(outcome);
            Interlocked.Increment(ref outcome == Outcome.Ok ? ref account.Answers : ref account.Failed);
            return new FailoverAttempt<object>(outcome, outcome == Outcome.Ok ? new object() : null);
        }

        public TimeSpan? HedgeAfter(int target) => TimeSpan.Zero;

        public bool TryHedge() => true;

        public void Discard(int target, object answer)
        {
            Assert.True(_discarded.Add(answer), "discarded twice");
            Interlocked.Increment(ref account.Discarded);
        }
    }
}

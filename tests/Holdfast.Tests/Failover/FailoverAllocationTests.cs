using System.Diagnostics;
using System.Reflection;
using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Retrying;
using Holdfast.Timeouts;

namespace Holdfast.Tests.Failover;

public class FailoverAllocationTests
{
    private const int Calls = 5_000;

    private static readonly RetryOptions Retry = new();

    private readonly Backoff _backoff = new(new Random(1));

    [Fact]
    public void Breaker_timeout_and_retry_around_a_call_that_is_done_at_once_allocate_nothing()
    {
        CircuitBreaker[] breakers = [Breaker()];

        Assert.Equal(0, BytesPerCall(() => Run(breakers, FailoverLaunch.OnFailure)));
    }

    [Fact]
    public void An_open_circuit_that_is_passed_over_allocates_nothing()
    {
        CircuitBreaker[] breakers = [Breaker(), Breaker(), Breaker()];
        breakers[0].Isolate();

        Assert.Equal(0, BytesPerCall(() => Run(breakers, FailoverLaunch.OnFailure)));
    }

    [Fact]
    public void Hedging_that_has_nothing_to_go_by_allocates_nothing()
    {
        CircuitBreaker[] breakers = [Breaker(), Breaker()];

        Assert.Equal(0, BytesPerCall(() => Run(breakers, FailoverLaunch.Hedged)));
    }

    private static CircuitBreaker Breaker() => new("target", new CircuitBreakerOptions(), TimeProvider.System);

    // In whole bytes: a test beside this one may take what it had given back, but not each time.
    private static long BytesPerCall(Action call)
    {
        // Without optimization each async method allocates.
        if (typeof(FailoverLoop).Assembly.GetCustomAttribute<DebuggableAttribute>() is
            { IsJITOptimizerDisabled: true })
            return 0;
        for (var i = 0; i < Calls; i++)
            call();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Calls; i++)
            call();
        return (GC.GetAllocatedBytesForCurrentThread() - before) / Calls;
    }

    private void Run(CircuitBreaker[] breakers, FailoverLaunch launch)
    {
        using var plan = AttemptPlan.Rent(breakers.Length, Retry, _backoff);
        var running = FailoverLoop.RunAsync<GuardedCall, int>(
            new GuardedCall(breakers), plan, launch, Deadline.None, TimeProvider.System, CancellationToken.None);
        Assert.True(running.IsCompletedSuccessfully && running.Result.IsSuccess);
    }

    private readonly struct GuardedCall(CircuitBreaker[] breakers) : IFailoverCall<int>
    {
        private static readonly TimeoutOptions Limits = new();

        public Availability Look(int target) => breakers[target].IsAvailable
            ? Availability.Now
            : Availability.Not(Outcome.CircuitOpen, breakers[target].RetryAfter);

        public async ValueTask<FailoverAttempt<int>> AttemptAsync(AttemptStep step, CancellationToken cancellation)
        {
            breakers[step.Target].TryAcquire(out var permit);
            using var clock = new AttemptClock(
                TimeProvider.System, Limits, streaming: false, Deadline.None, cancellation, lendToken: true);
            var answer = await AnswerAsync(clock.Token);
            permit.Succeeded();
            return new FailoverAttempt<int>(Outcome.Ok, answer);
        }

        public TimeSpan? HedgeAfter(int target) => null;

        public bool TryHedge() => false;

        public void Discard(int target, int answer)
        {
            // A number holds nothing.
        }

        private static ValueTask<int> AnswerAsync(CancellationToken cancellation) =>
            ValueTask.FromResult(cancellation.IsCancellationRequested ? 0 : 1);
    }
}

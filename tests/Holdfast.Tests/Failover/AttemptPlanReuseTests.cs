using Holdfast.Failover;
using Holdfast.Retrying;
using Xunit.Abstractions;

namespace Holdfast.Tests.Failover;

public class AttemptPlanReuseTests(ITestOutputHelper output)
{
    private static readonly RetryOptions Retry = new() { MaxRetries = 1, BaseDelay = TimeSpan.Zero };
    private readonly Backoff _backoff = new(new Random(1));

    [Fact]
    public void A_rented_plan_knows_nothing_of_the_call_before()
    {
        for (var i = 0; i < 100; i++)
        {
            using var plan = AttemptPlan.Rent(2, Retry, _backoff);

            Assert.Equal(0, plan.Attempts);
            Assert.Equal(0, plan.Repeats);
            Assert.Empty(plan.Skipped);
            var first = Next(plan, closed: 1);
            plan.Report(first.Target, Outcome.ServerError, TimeSpan.FromSeconds(3), waits: new RetryOptions());
            var repeat = Next(plan, closed: 1);
            plan.Report(repeat.Target, Outcome.CallerError);

            Assert.Equal(0, first.Target);
            Assert.True(repeat is { Target: 0, IsRepeat: true });
            Assert.Equal(1, Assert.Single(plan.Skipped).Target);
            Assert.Equal(AttemptStepKind.GiveUp, Next(plan, closed: -1).Kind);
        }
    }

    [Fact]
    public void A_rented_plan_may_have_more_targets_than_the_one_before()
    {
        for (var targets = 0; targets < 40; targets++)
        {
            using var plan = AttemptPlan.Rent(targets, Retry, _backoff);

            for (var i = 0; i < targets; i++)
            {
                var step = Next(plan, closed: -1);
                plan.Report(step.Target, Outcome.ServerError);

                Assert.Equal(i, step.Target);
            }
        }
    }

    [Fact]
    public void Renting_and_giving_back_allocates_nothing()
    {
        Use();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            Use();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        // Another test may have taken the spare one meanwhile, but not each time.
        Assert.InRange(allocated, 0, 100_000);

        void Use()
        {
            using var plan = AttemptPlan.Rent(4, Retry, _backoff);
            Next(plan, closed: 0);
        }
    }

    [Fact]
    public void A_plan_that_was_given_back_is_refused()
    {
        var plan = AttemptPlan.Rent(100, Retry, _backoff);
        plan.Dispose();
        plan.Dispose();

        Assert.Throws<ObjectDisposedException>(() => Next(plan, closed: -1));
        Assert.Throws<InvalidOperationException>(() => plan.Report(0, Outcome.Ok));
    }

    [Fact]
    public void A_plan_that_was_not_rented_needs_no_disposal()
    {
        var plan = new AttemptPlan(1, Retry, _backoff);

        plan.Dispose();

        Assert.Equal(AttemptStepKind.Try, Next(plan, closed: -1).Kind);
    }

    [Fact]
    public async Task Many_threads_never_share_a_plan()
    {
        var seed = (int)TimeProvider.System.GetTimestamp();
        output.WriteLine($"seed {seed}");

        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() =>
        {
            var random = new Random(unchecked(seed + thread));
            for (var i = 0; i < 20_000; i++)
            {
                var targets = random.Next(1, 6);
                using var plan = AttemptPlan.Rent(targets, Retry, _backoff);
                for (var target = 0; target < targets; target++)
                {
                    var step = Next(plan, closed: -1);
                    Assert.Equal((target, target + 1), (step.Target, plan.Attempts));
                    plan.Report(step.Target, Outcome.ServerError);
                }
            }
        }))).SoonAsync();
    }

    private static AttemptStep Next(AttemptPlan plan, int closed) => plan.Next(
        closed,
        static (closed, target) => target == closed ? Availability.Not(Outcome.CircuitOpen) : Availability.Now,
        TimeSpan.MaxValue);
}

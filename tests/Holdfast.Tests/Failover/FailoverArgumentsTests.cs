using Holdfast.Failover;
using Holdfast.Retrying;
using Holdfast.Timeouts;

namespace Holdfast.Tests.Failover;

/// <summary>What the parts of failing over refuse at once instead of failing in the middle of a call.</summary>
public class FailoverArgumentsTests
{
    private const int Seed = 20250301;
    private readonly ManualTimeProvider _time = new();
    private readonly Random _random = new(Seed);

    [Fact]
    public void A_plan_needs_a_number_of_targets_options_and_a_backoff()
    {
        var backoff = new Backoff(_random);

        Assert.Throws<ArgumentOutOfRangeException>("targets", () => new AttemptPlan(-1, new(), backoff));
        Assert.Throws<ArgumentNullException>("retry", () => new AttemptPlan(1, null!, backoff));
        Assert.Throws<ArgumentNullException>("backoff", () => new AttemptPlan(1, new(), null!));
        Assert.Throws<ArgumentOutOfRangeException>("targets", () => AttemptPlan.Rent(-1, new(), backoff));
        Assert.Throws<ArgumentNullException>("retry", () => AttemptPlan.Rent(1, null!, backoff));
        Assert.Throws<ArgumentNullException>("backoff", () => AttemptPlan.Rent(1, new(), null!));
        Assert.Throws<ArgumentNullException>("availability", () => new AttemptPlan(1, new(), backoff)
            .Next(0, (Func<int, int, Availability>)null!, TimeSpan.MaxValue));
    }

    [Fact]
    public void Rests_budgets_and_statistics_need_a_clock()
    {
        Assert.Throws<ArgumentNullException>("time", () => new Cooldown(null!));
        Assert.Throws<ArgumentNullException>("time", () => new HedgeBudget(new(), null!));
        Assert.Throws<ArgumentNullException>("time", () => new FailoverRamp(new(), null!, _random));
        Assert.Throws<ArgumentNullException>("time", () => new TargetStatistics(null!));
    }

    [Fact]
    public void Budgets_and_ramps_need_options()
    {
        Assert.Throws<ArgumentNullException>("options", () => new HedgeBudget(null!, _time));
        Assert.Throws<ArgumentNullException>("options", () => new FailoverRamp(null!, _time, _random));
    }

    [Fact]
    public void Draws_need_a_source_of_randomness()
    {
        Assert.Throws<ArgumentNullException>("random", () => new FailoverRamp(new(), _time, null!));
        Assert.Throws<ArgumentNullException>("random", () => new TargetOrder(null!));
    }

    [Fact]
    public void A_candidate_with_a_record_needs_the_record() =>
        Assert.Throws<ArgumentNullException>("statistics", () => new TargetCandidate(0, 0, 1, null!));

    [Fact]
    public void Options_with_problems_are_refused_with_all_of_them()
    {
        (Action Make, string[] Names)[] cases =
        [
            (() => _ = new HedgeBudget(new() { MaxShare = 2, Window = default }, _time), ["maxShare", "window"]),
            (() => _ = new FailoverRamp(new() { LowestShare = 2, Steps = 0 }, _time, _random),
                ["lowestShare", "steps"]),
            (() => _ = new TargetOrder(_random, new() { ExplorationShare = 2, SuccessExponent = -1 }),
                ["explorationShare", "successExponent"]),
            (() => _ = new TargetStatistics(_time, new() { HalfLife = default, LatencyHalfLife = default }),
                ["halfLife", "latencyHalfLife"]),
        ];

        Assert.All(cases, it =>
        {
            var exception = Assert.Throws<ArgumentException>("options", it.Make);
            Assert.All(it.Names, name => Assert.Contains(name + ": ", exception.Message));
        });
    }

    [Fact]
    public async Task The_loop_needs_a_call_a_plan_a_clock_and_a_place()
    {
        var call = new ScriptedCall(1);
        var plan = new AttemptPlan(1, new(), new Backoff(_random));

        await Assert.ThrowsAsync<ArgumentNullException>("call", () => RunAsync(null!, plan, 1, _time));
        await Assert.ThrowsAsync<ArgumentNullException>("plan", () => RunAsync(call, null!, 1, _time));
        await Assert.ThrowsAsync<ArgumentNullException>("time", () => RunAsync(call, plan, 1, null!));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => RunAsync(call, plan, 0, _time));
    }

    private static async Task RunAsync(ScriptedCall call, AttemptPlan plan, int atOnce, TimeProvider time) =>
        await FailoverLoop.RunAsync<ScriptedCall, string>(
            call, plan, FailoverLaunch.Race(atOnce), Deadline.None, time, CancellationToken.None);
}

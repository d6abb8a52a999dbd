using Holdfast.Failover;

namespace Holdfast.Tests.Failover;

public class HedgeTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_second_starts_beside_a_first_that_is_slow()
    {
        var call = new ScriptedCall(2) { Hedge = Second };
        var running = call.RunAsync(FailoverLaunch.Hedged);
        var first = await call.StartedAsync();
        await call.PassAsync(Second - TimeSpan.FromTicks(10_001));
        Assert.Single(call.All);

        call.Time.Advance(TimeSpan.FromMilliseconds(2));
        var second = await call.StartedAsync();
        Assert.False(first.Ended.IsCompleted);
        first.Answer("a");

        var result = await running.SoonAsync();
        Assert.Equal((0, 1, false), (result.Target, result.Hedges, result.FellBack));
        Assert.True(second.Token.IsCancellationRequested);
    }

    [Fact]
    public async Task A_hedge_that_wins_ends_the_first()
    {
        var call = new ScriptedCall(2) { Hedge = Second, HeedsTokens = false };
        var running = call.RunAsync(FailoverLaunch.Hedged);
        var first = await call.StartedAsync();
        first.Token.Register(() => first.Answer("slow"));
        await call.PassAsync(Second);
        (await call.StartedAsync()).Answer("quick");

        var result = await running.SoonAsync();

        Assert.Equal((1, "quick", 1), (result.Target, result.Answer, result.Hedges));
        Assert.Equal((true, true), (result.WentOn, result.FellBack));
        Assert.Equal((0, "slow"), call.Discarded.Single());
    }

    [Fact]
    public async Task There_is_one_hedge_a_call()
    {
        var call = new ScriptedCall(4) { Hedge = Second };
        var running = call.RunAsync(FailoverLaunch.Hedged);
        var first = await call.StartedAsync();
        await call.PassAsync(Second);
        await call.StartedAsync();
        call.Time.Advance(TimeSpan.FromMinutes(1));
        first.Answer("a");

        Assert.Equal(1, (await running.SoonAsync()).Hedges);
        Assert.Equal((2, 1), (call.All.Count, call.HedgesAsked));
    }

    [Fact]
    public async Task Without_a_share_there_is_none()
    {
        var call = new ScriptedCall(2) { Hedge = Second, MayHedge = false };
        var running = call.RunAsync(FailoverLaunch.Hedged);
        var first = await call.StartedAsync();
        await call.PassAsync(Second);
        await ScriptedCall.UntilAsync(() => call.HedgesAsked == 1);
        first.Answer("a");

        Assert.Equal(0, (await running.SoonAsync()).Hedges);
        Assert.Single(call.All);
    }

    [Fact]
    public async Task A_first_that_has_ended_is_not_hedged_any_more()
    {
        var call = new ScriptedCall(3) { Hedge = Second };
        var running = call.RunAsync(FailoverLaunch.Hedged);
        (await call.StartedAsync()).End(Outcome.ServerError);
        var second = await call.StartedAsync();
        call.Time.Advance(TimeSpan.FromMinutes(1));
        second.Answer("b");

        Assert.Equal((1, 0), ((await running.SoonAsync()).Target, (await running).Hedges));
        Assert.Equal((2, 0), (call.All.Count, call.HedgesAsked));
    }

    [Fact]
    public async Task A_hedge_that_no_target_is_left_for_costs_no_share()
    {
        var call = new ScriptedCall(2) { Hedge = Second };
        call.Now[1] = Availability.Not(Outcome.CircuitOpen);
        var running = call.RunAsync(FailoverLaunch.Hedged);
        var first = await call.StartedAsync();
        var looks = call.Looks;
        await call.PassAsync(Second);
        await ScriptedCall.UntilAsync(() => call.Looks > looks);
        first.Answer("a");

        Assert.Equal(0, (await running.SoonAsync()).Hedges);
        Assert.Equal(0, call.HedgesAsked);
    }

    [Theory]
    [InlineData(Outcome.RateLimited)]
    [InlineData(Outcome.CircuitOpen)]
    [InlineData(Outcome.Held)]
    [InlineData(Outcome.Saturated)]
    [InlineData(Outcome.Isolated)]
    [InlineData(null)]
    public async Task No_hedge_starts_while_a_target_of_the_call_is_overloaded(Outcome? why)
    {
        foreach (var overloaded in new[] { 0, 2 })
        {
            var call = new ScriptedCall(3) { Hedge = Second };
            var running = call.RunAsync(FailoverLaunch.Hedged);
            var first = await call.StartedAsync();
            call.Now[overloaded] = why is { } word ? Availability.Not(word, Second) : Availability.LastResort;
            await call.PassAsync(Second);
            first.Answer("a");

            Assert.Equal(0, (await running.SoonAsync()).Hedges);
            Assert.Equal((1, 0), (call.All.Count, call.HedgesAsked));
        }
    }

    [Fact]
    public async Task The_hedges_moment_counts_from_the_start_of_the_first()
    {
        var time = new ManualTimeProvider();
        var call = new ScriptedCall(2) { Time = time, Hedge = Second, WhenStarted = () => time.Advance(0.4 * Second) };
        var running = call.RunAsync(FailoverLaunch.Hedged);
        await call.StartedAsync();

        await call.PassAsync(0.6 * Second);

        (await call.StartedAsync()).Answer("b");
        Assert.Equal(1, (await running.SoonAsync()).Hedges);
    }

    [Fact]
    public async Task Leaves_no_timer_behind()
    {
        var call = new ScriptedCall(2) { Hedge = Second };
        var running = call.RunAsync(FailoverLaunch.Hedged);
        var first = await call.StartedAsync();
        await ScriptedCall.UntilAsync(() => call.Time.Armed == 1);

        first.Answer("a");
        await running.SoonAsync();

        Assert.Equal(0, call.Time.Armed);
    }

    [Fact]
    public async Task Time_that_passes_the_hedges_moment_by_a_millisecond_starts_it_too()
    {
        var call = new ScriptedCall(2) { Hedge = TimeSpan.FromMilliseconds(-1) };
        var running = call.RunAsync(FailoverLaunch.Hedged);

        var started = await call.StartedAsync(2);

        started[1].Answer("b");
        Assert.Equal((1, 1), ((await running.SoonAsync()).Target, (await running).Hedges));
    }

    [Fact]
    public async Task Without_a_delay_there_is_no_hedge()
    {
        var call = new ScriptedCall(2);
        var running = call.RunAsync(FailoverLaunch.Hedged);
        var first = await call.StartedAsync();
        call.Time.Advance(TimeSpan.FromHours(2));
        first.Answer("a");

        Assert.Equal(0, (await running.SoonAsync()).Hedges);
    }

    [Fact]
    public async Task When_both_fail_the_next_is_tried()
    {
        var call = new ScriptedCall(3) { Hedge = Second };
        var running = call.RunAsync(FailoverLaunch.Hedged);
        var first = await call.StartedAsync();
        await call.PassAsync(Second);
        (await call.StartedAsync()).End(Outcome.Refused);
        first.End(Outcome.Timeout);
        (await call.StartedAsync()).Answer("c");

        Assert.Equal((2, 1), ((await running.SoonAsync()).Target, (await running).Hedges));
    }

    [Fact]
    public async Task A_first_that_answers_at_once_wins_and_its_token_lives_until_its_answer_is_used_up()
    {
        var call = new ScriptedCall(2) { Hedge = Second, AnswersAtOnce = "a", HeedsTokens = false };

        var result = await call.RunAsync(FailoverLaunch.Hedged).SoonAsync();
        await call.Caller.CancelAsync();

        Assert.Equal((0, "a", 0), (result.Target, result.Answer, result.Hedges));
        Assert.True(Assert.Single(call.All).Token.IsCancellationRequested);
        result.Lifetime!.Dispose();
    }

    [Fact]
    public async Task A_first_that_fails_at_once_is_followed_by_the_next_without_a_hedge()
    {
        var call = new ScriptedCall(2) { Hedge = Second, FailsAtOnce = 0 };
        var running = call.RunAsync(FailoverLaunch.Hedged);
        await call.StartedAsync();
        var second = await call.StartedAsync();
        call.Time.Advance(TimeSpan.FromMinutes(1));
        second.Answer("b");

        var result = await running.SoonAsync();

        Assert.Equal((1, "b", 0), (result.Target, result.Answer, result.Hedges));
        Assert.Equal(0, call.HedgesAsked);
    }
}

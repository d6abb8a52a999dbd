using Holdfast.Failover;
using Holdfast.Retrying;

namespace Holdfast.Tests.Failover;

public class FailoverRaceTests
{
    [Fact]
    public async Task Starts_as_many_as_may_run_at_once()
    {
        var call = new ScriptedCall(5);
        var running = call.RunAsync(FailoverLaunch.Race(3));
        var started = await call.StartedAsync(3);
        Assert.Equal([0, 1, 2], call.All.Select(attempt => attempt.Target));

        started[1].Answer("b");

        Assert.Equal((1, "b"), ((await running.SoonAsync()).Target, (await running).Answer));
        Assert.Equal(3, call.All.Count);
    }

    [Fact]
    public async Task A_race_that_the_first_merely_lost_is_no_fallback()
    {
        var call = new ScriptedCall(3);
        var running = call.RunAsync(FailoverLaunch.Race(3));
        (await call.StartedAsync(3))[2].Answer("c");

        var result = await running.SoonAsync();

        Assert.Equal((2, false, false), (result.Target, result.WentOn, result.FellBack));
    }

    [Fact]
    public async Task A_race_whose_winner_comes_after_one_that_failed_is_a_fallback()
    {
        var call = new ScriptedCall(3);
        var running = call.RunAsync(FailoverLaunch.Race(2));
        (await call.StartedAsync(2))[0].End(Outcome.ServerError);
        (await call.StartedAsync()).Answer("c");

        var result = await running.SoonAsync();

        Assert.Equal((2, true, true), (result.Target, result.WentOn, result.FellBack));
    }

    [Fact]
    public async Task A_race_that_the_first_wins_is_no_fallback_whatever_the_others_do()
    {
        var call = new ScriptedCall(2);
        var running = call.RunAsync(FailoverLaunch.Race(2));
        var started = await call.StartedAsync(2);
        started[1].End(Outcome.ServerError);
        started[0].Answer("a");

        var result = await running.SoonAsync();

        Assert.Equal((0, false, false), (result.Target, result.WentOn, result.FellBack));
    }

    [Fact]
    public async Task The_losers_are_struck_and_awaited_and_the_winner_is_not()
    {
        var call = new ScriptedCall(3);
        var running = call.RunAsync(FailoverLaunch.Race(3));
        var started = await call.StartedAsync(3);
        started[0].Answer("a");

        var result = await running.SoonAsync();

        Assert.Equal([false, true, true], started.Select(attempt => attempt.Token.IsCancellationRequested));
        Assert.All(started, attempt => Assert.True(attempt.Ended.IsCompleted));
        Assert.Empty(call.Discarded);
        result.Lifetime!.Dispose();
    }

    [Fact]
    public async Task Losers_that_answer_all_the_same_are_discarded_once()
    {
        var call = new ScriptedCall(3) { HeedsTokens = false };
        var running = call.RunAsync(FailoverLaunch.Race(3));
        var started = await call.StartedAsync(3);
        started[2].Token.Register(() => started[2].Answer("too late"));
        started[1].Token.Register(() => started[1].Answer("too late as well"));
        started[0].Answer("a");

        await running.SoonAsync();

        Assert.Equal([(1, "too late as well"), (2, "too late")], call.Discarded.Order());
    }

    [Fact]
    public async Task A_loser_that_ignores_its_token_holds_the_winner_up_for_the_grace_and_is_discarded_later()
    {
        var call = new ScriptedCall(2) { HeedsTokens = false };
        var running = call.RunAsync(FailoverLaunch.Race(2));
        var started = await call.StartedAsync(2);
        started[0].Answer("a");
        await call.PassAsync(FailoverLoop.LoserGrace - TimeSpan.FromMilliseconds(1));
        Assert.False(running.IsCompleted);

        call.Time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal((0, FailoverLoop.LoserGrace), ((await running.SoonAsync()).Target, (await running).Waited));
        Assert.Empty(call.Discarded);
        started[1].Answer("late");
        await ScriptedCall.UntilAsync(() => !call.Discarded.IsEmpty);
        Assert.Equal((1, "late"), call.Discarded.Single());
    }

    [Fact]
    public async Task Losers_that_end_within_the_grace_leave_no_timer_behind()
    {
        var call = new ScriptedCall(2) { HeedsTokens = false };
        var running = call.RunAsync(FailoverLaunch.Race(2));
        var started = await call.StartedAsync(2);
        started[0].Answer("a");
        await ScriptedCall.UntilAsync(() => call.Time.Armed == 1);

        started[1].End(Outcome.Cancelled);
        await running.SoonAsync();

        Assert.Equal(0, call.Time.Armed);
    }

    [Fact]
    public async Task A_loser_whose_token_has_a_registration_that_throws_is_discarded_all_the_same()
    {
        var call = new ScriptedCall(2) { HeedsTokens = false };
        var running = call.RunAsync(FailoverLaunch.Race(2));
        var started = await call.StartedAsync(2);
        started[1].Token.Register(() => throw new InvalidDataException("a defect"));
        started[1].Token.Register(() => started[1].Answer("late"));
        started[0].Answer("a");

        Assert.True((await running.SoonAsync()).IsSuccess);

        Assert.Equal((1, "late"), call.Discarded.Single());
    }

    [Fact]
    public async Task An_exception_ends_the_call_and_the_others_are_struck_and_discarded()
    {
        var call = new ScriptedCall(3) { HeedsTokens = false };
        var running = call.RunAsync(FailoverLaunch.Race(3));
        var started = await call.StartedAsync(3);
        started[0].Token.Register(() => started[0].Answer("late"));
        started[2].Token.Register(() => started[2].Throw(new InvalidDataException("another")));
        started[1].Throw(new InvalidDataException("a defect"));

        var thrown = await Assert.ThrowsAsync<InvalidDataException>(() => running.SoonAsync());

        Assert.Equal("a defect", thrown.Message);
        Assert.Equal((0, "late"), call.Discarded.Single());
        Assert.All(started, attempt => Assert.True(attempt.Token.IsCancellationRequested));
    }

    [Fact]
    public async Task What_throws_before_it_starts_ends_the_call_too()
    {
        var call = new ScriptedCall(2) { ThrowsAtOnce = true };

        await Assert.ThrowsAsync<InvalidDataException>(() => call.RunAsync(FailoverLaunch.Race(2)).SoonAsync());
    }

    [Fact]
    public async Task An_untried_target_is_started_when_one_fails()
    {
        var call = new ScriptedCall(3);
        var running = call.RunAsync(FailoverLaunch.Race(2));
        var started = await call.StartedAsync(2);
        started[0].End(Outcome.Refused);

        var third = await call.StartedAsync();
        third.Answer("c");

        Assert.Equal((2, "c"), ((await running.SoonAsync()).Target, (await running).Answer));
        Assert.True(started[1].Token.IsCancellationRequested);
    }

    [Fact]
    public async Task A_repeat_waits_until_nothing_else_runs()
    {
        var call = new ScriptedCall(2)
        {
            Retry = new RetryOptions { Jitter = false, MaxRetries = 1, BaseDelay = TimeSpan.Zero },
        };
        var running = call.RunAsync(FailoverLaunch.Race(2));
        var started = await call.StartedAsync(2);
        started[0].End(Outcome.ServerError);
        await Task.Yield();
        Assert.Equal(2, call.All.Count);

        started[1].End(Outcome.ServerError);

        var repeat = await call.StartedAsync();
        Assert.True(repeat.Step.IsRepeat);
        repeat.Answer("again");
        Assert.Equal("again", (await running.SoonAsync()).Answer);
        Assert.Equal(3, call.All.Count);
    }

    [Fact]
    public async Task No_target_that_comes_back_races_against_a_repeat()
    {
        var call = new ScriptedCall(2) { Retry = new RetryOptions { Jitter = false, MaxRetries = 1 } };
        call.Now[1] = Availability.Not(Outcome.CircuitOpen);
        var running = call.RunAsync(FailoverLaunch.Race(2));
        (await call.StartedAsync()).End(Outcome.ServerError);
        await ScriptedCall.UntilAsync(() => call.Time.Armed > 0);
        call.Now[1] = Availability.Now;
        call.Time.Advance(TimeSpan.FromSeconds(1));

        var repeat = await call.StartedAsync();
        repeat.End(Outcome.ServerError);
        var other = await call.StartedAsync();
        other.Answer("b");

        Assert.Equal(1, (await running.SoonAsync()).Target);
        Assert.False(repeat.Token.IsCancellationRequested);
    }

    [Fact]
    public async Task The_winners_token_follows_the_caller_until_its_lifetime_is_over()
    {
        var follows = await WinAsync();
        await follows.Call.Caller.CancelAsync();
        Assert.True(follows.Winner.Token.IsCancellationRequested);

        var over = await WinAsync();
        over.Result.Lifetime!.Dispose();
        await over.Call.Caller.CancelAsync();
        Assert.False(over.Winner.Token.IsCancellationRequested);
    }

    [Fact]
    public async Task A_success_that_came_with_the_winner_is_discarded()
    {
        // The winner of the two is told apart on another thread, and the loser struck while it answers.
        var call = new ScriptedCall(2) { HeedsTokens = false };
        var running = call.RunAsync(FailoverLaunch.Race(2));
        var started = await call.StartedAsync(2);
        started[0].Answer("a");
        started[1].Answer("b");

        var result = await running.SoonAsync();

        var lost = Assert.Single(call.Discarded);
        Assert.NotEqual(result.Target, lost.Target);
    }

    [Fact]
    public async Task The_table_ends_a_race_too()
    {
        var call = new ScriptedCall(4);
        var running = call.RunAsync(FailoverLaunch.Race(2));
        var started = await call.StartedAsync(2);
        Array.ForEach(started, attempt => attempt.End(Outcome.CallerError));

        Assert.False((await running.SoonAsync()).IsSuccess);
        Assert.Equal(2, call.All.Count);
    }

    private static async Task<(ScriptedCall Call, ScriptedCall.Attempt Winner, FailoverResult<string> Result)>
        WinAsync()
    {
        var call = new ScriptedCall(2);
        var running = call.RunAsync(FailoverLaunch.Race(2));
        var started = await call.StartedAsync(2);
        started[0].Answer("a");
        return (call, started[0], await running.SoonAsync());
    }
}

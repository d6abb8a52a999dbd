using Holdfast.Failover;
using Holdfast.Retrying;

namespace Holdfast.Tests.Failover;

public class FailoverLoopTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Goes_on_to_the_next_target_when_one_fails()
    {
        var call = new ScriptedCall(3);
        var running = call.RunAsync(FailoverLaunch.OnFailure);
        (await call.StartedAsync()).End(Outcome.ServerError);
        (await call.StartedAsync()).End(Outcome.BadAnswer);
        (await call.StartedAsync()).Answer("c");

        var result = await running.SoonAsync();

        Assert.Equal((true, "c", 2, 0), (result.IsSuccess, result.Answer, result.Target, result.Hedges));
        Assert.Equal([0, 1, 2], call.All.Select(attempt => attempt.Target));
        Assert.Null(result.Lifetime);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public async Task A_call_that_fails_everywhere_went_on_if_there_was_anywhere_to_go(int targets, bool wentOn)
    {
        var call = new ScriptedCall(targets) { Retry = new RetryOptions { MaxRetries = 0 } };
        var running = call.RunAsync(FailoverLaunch.OnFailure);
        for (var i = 0; i < targets; i++)
            (await call.StartedAsync()).End(Outcome.ServerError);

        var result = await running.SoonAsync();

        Assert.Equal((false, -1, wentOn, false), (result.IsSuccess, result.Target, result.WentOn, result.FellBack));
    }

    [Fact]
    public async Task Starts_the_next_only_when_one_has_failed()
    {
        var call = new ScriptedCall(2);
        var running = call.RunAsync(FailoverLaunch.OnFailure);
        var first = await call.StartedAsync();
        call.Time.Advance(TimeSpan.FromMinutes(10));

        first.Answer("a");

        Assert.Equal((0, TimeSpan.FromMinutes(10)), ((await running.SoonAsync()).Target, (await running).Waited));
        Assert.Single(call.All);
    }

    [Fact]
    public async Task Passes_over_what_cannot_be_tried()
    {
        var call = new ScriptedCall(3);
        call.Now[0] = Availability.Not(Outcome.CircuitOpen);
        call.Now[1] = Availability.Not(Outcome.Isolated);
        var running = call.RunAsync(FailoverLaunch.OnFailure);
        (await call.StartedAsync()).Answer("c");

        Assert.Equal(2, (await running.SoonAsync()).Target);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Has_no_winner_when_nothing_can_be_tried(int atOnce)
    {
        var call = new ScriptedCall(1);
        call.Now[0] = Availability.Not(Outcome.Saturated);

        var result = await call.RunAsync(new FailoverLaunch(atOnce)).SoonAsync();

        Assert.Equal((false, -1), (result.IsSuccess, result.Target));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Waits_before_a_repeat_and_counts_the_wait(int atOnce)
    {
        var call = new ScriptedCall(1) { Retry = new RetryOptions { Jitter = false, MaxRetries = 1 } };
        var running = call.RunAsync(new FailoverLaunch(atOnce));
        (await call.StartedAsync()).End(Outcome.ServerError);
        await call.PassAsync(Second);
        var repeat = await call.StartedAsync();
        repeat.Answer("a");

        var result = await running.SoonAsync();

        Assert.True(repeat.Step.IsRepeat);
        Assert.Equal((true, Second), (result.IsSuccess, result.Waited));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Counts_the_time_that_attempts_take(int atOnce)
    {
        var call = new ScriptedCall(1);
        var running = call.RunAsync(new FailoverLaunch(atOnce));
        var attempt = await call.StartedAsync();

        call.Time.Advance(3 * Second);
        attempt.Answer("a");

        Assert.Equal(3 * Second, (await running.SoonAsync()).Waited);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public async Task Never_comes_back_on_the_callers_synchronization_context(int atOnce, bool mayHedge)
    {
        var call = new ScriptedCall(2) { Hedge = Second };
        var callers = new CountingContext();
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(callers);
        var running = call.RunAsync(new FailoverLaunch(atOnce, mayHedge));
        SynchronizationContext.SetSynchronizationContext(before);

        (await call.StartedAsync()).Answer("a");
        await running.SoonAsync();

        Assert.Equal(0, callers.Posts);
    }

    [Fact]
    public async Task A_wait_never_comes_back_on_the_callers_synchronization_context()
    {
        var call = new ScriptedCall(1);
        call.Now[0] = Availability.Not(Outcome.Held, Second);
        var callers = new CountingContext();
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(callers);
        var running = call.RunAsync(FailoverLaunch.OnFailure);
        SynchronizationContext.SetSynchronizationContext(before);

        await call.PassAsync(Second);
        (await call.StartedAsync()).Answer("a");
        await running.SoonAsync();

        Assert.Equal(0, callers.Posts);
    }

    [Fact]
    public async Task A_wait_is_never_cut_short_by_the_timers_whole_milliseconds()
    {
        var asked = TimeSpan.FromTicks(10_009_999);
        var call = new ScriptedCall(1);
        call.Now[0] = Availability.Not(Outcome.Held, asked);
        var from = call.Time.GetTimestamp();
        var running = call.RunAsync(FailoverLaunch.OnFailure);
        await call.PassAsync(Second);
        Assert.Empty(call.All);

        call.Time.Advance(TimeSpan.FromMilliseconds(1));

        (await call.StartedAsync()).Answer("a");
        await running.SoonAsync();
        Assert.True(call.Time.GetElapsedTime(from) >= asked);
    }

    [Fact]
    public async Task A_wait_of_months_is_no_error()
    {
        var call = new ScriptedCall(1)
        {
            Limit = TimeSpan.MaxValue, Retry = new RetryOptions { Jitter = false, MaxRetries = 1 },
        };
        var wait = FailoverLoop.WaitAsync(TimeSpan.FromDays(90), call.Time, CancellationToken.None).AsTask();
        for (var day = 0; day < 89; day++)
            await call.PassAsync(TimeSpan.FromDays(1));
        Assert.False(wait.IsCompleted);

        await call.PassAsync(TimeSpan.FromDays(1));

        Assert.True(await wait.SoonAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Nothing_is_started_after_the_deadline(int atOnce)
    {
        var call = new ScriptedCall(4) { Limit = Second };
        var running = call.RunAsync(new FailoverLaunch(atOnce));
        var started = await call.StartedAsync(atOnce);
        call.Time.Advance(Second);
        Array.ForEach(started, attempt => attempt.End(Outcome.ServerError));

        Assert.False((await running.SoonAsync()).IsSuccess);
        Assert.Equal(atOnce, call.All.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_callers_leaving_ends_the_attempts_and_the_call(int atOnce)
    {
        var call = new ScriptedCall(4);
        var running = call.RunAsync(new FailoverLaunch(atOnce));
        var started = await call.StartedAsync(atOnce);

        await call.Caller.CancelAsync();

        Assert.False((await running.SoonAsync()).IsSuccess);
        Assert.Equal(atOnce, call.All.Count);
        Assert.All(started, attempt => Assert.True(attempt.Ended.IsCompleted));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_callers_leaving_ends_a_wait(int atOnce)
    {
        var call = new ScriptedCall(1) { Retry = new RetryOptions { Jitter = false, MaxRetries = 3 } };
        var running = call.RunAsync(new FailoverLaunch(atOnce));
        (await call.StartedAsync()).End(Outcome.ServerError);
        await call.PassAsync(TimeSpan.FromMilliseconds(1));

        await call.Caller.CancelAsync();

        Assert.False((await running.SoonAsync()).IsSuccess);
        Assert.Single(call.All);
    }

    [Fact]
    public void Stays_at_a_target_whose_attempt_says_so()
    {
        var plan = new AttemptPlan(2, new RetryOptions { MaxRetries = 0 }, new Backoff(new Random(1)));
        _ = plan.Next(0, static (_, _) => Availability.Now, TimeSpan.MaxValue);

        FailoverLoop.Report(plan, 0, new FailoverAttempt<string>(Outcome.ServerError) { StaysHere = true });

        Assert.Equal(AttemptStepKind.GiveUp,
            plan.Next(0, static (_, _) => Availability.Now, TimeSpan.MaxValue).Kind);
    }

    private sealed class CountingContext : SynchronizationContext
    {
        public int Posts { get; private set; }

        public override void Post(SendOrPostCallback callback, object? state)
        {
            Posts++;
            base.Post(callback, state);
        }
    }
}

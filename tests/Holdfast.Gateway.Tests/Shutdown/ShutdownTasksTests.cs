using System.Collections.Concurrent;
using Holdfast.Gateway.Shutdown;
using Microsoft.Extensions.Logging;

namespace Holdfast.Gateway.Tests.Shutdown;

public sealed class ShutdownTasksTests
{
    /// <summary>The one of its clock, and the one of the wait for its end.</summary>
    public const int TimersOfTask = 2;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(12);

    private readonly ManualTimeProvider _time = new();
    private readonly CapturedLog<ShutdownTasks> _log = new();
    private readonly ConcurrentQueue<string> _ran = [];

    [Fact]
    public async Task The_lower_priority_runs_first()
    {
        var reports = await RunAsync(Noting("last", 30), Noting("first", -1), Noting("middle", 7)).SoonAsync();

        Assert.Equal(["first", "middle", "last"], _ran);
        Assert.Equal(["first", "middle", "last"], reports.Select(report => report.Name));
        Assert.All(reports, report => Assert.Equal(ShutdownTaskEnding.Done, report.Ending));
    }

    [Fact]
    public async Task Equal_priorities_run_together()
    {
        using var both = new Barrier(2);
        Task MeetAsync(CancellationToken token)
        {
            both.SignalAndWait(token);
            return Task.CompletedTask;
        }

        var reports = await RunAsync(new ShutdownTask("one", MeetAsync), new ShutdownTask("other", MeetAsync))
            .SoonAsync();

        Assert.All(reports, report => Assert.Equal(ShutdownTaskEnding.Done, report.Ending));
    }

    [Fact]
    public async Task Only_the_tasks_of_the_phase_run()
    {
        await RunAsync(Noting("hook", 1) with { Phase = ShutdownPhase.Before }, Noting("cleanup", 1),
            Noting("farewell", 1) with { Phase = ShutdownPhase.After }).SoonAsync();

        Assert.Equal(["cleanup"], _ran);
    }

    [Fact]
    public async Task A_failing_task_never_stops_the_next_and_is_logged()
    {
        var failing = new ShutdownTask("ledger", _ => throw new InvalidOperationException("no disk")) { Priority = 1 };

        var reports = await RunAsync(failing, Noting("next", 2)).SoonAsync();

        Assert.Equal(["next"], _ran);
        Assert.Equal([ShutdownTaskEnding.Failed, ShutdownTaskEnding.Done], reports.Select(report => report.Ending));
        var line = Assert.Single(_log.Lines, line => line.Level == LogLevel.Error);
        Assert.Equal("ledger", line.Values["Task"]);
        Assert.Equal("no disk", line.Exception?.Message);
    }

    [Fact]
    public async Task A_task_that_fails_by_a_timeout_of_its_own_has_failed_and_was_not_abandoned()
    {
        var failing = new ShutdownTask("database", _ => throw new TimeoutException("the database"));

        var reports = await RunAsync(failing).SoonAsync();

        Assert.Equal(ShutdownTaskEnding.Failed, Assert.Single(reports).Ending);
    }

    [Fact]
    public async Task A_hanging_task_is_abandoned_after_its_share_and_the_next_one_runs()
    {
        var hanging = new ShutdownTask("queue", _ => new TaskCompletionSource().Task) { Priority = 1 };
        var running = RunAsync(hanging, Noting("next", 2), Noting("last", 3));
        // Three priorities share the twelve seconds.
        await _time.WhenTimerAsync(Limit / 3);

        _time.Advance(Limit / 3);
        var reports = await running.SoonAsync();

        Assert.Equal(["next", "last"], _ran);
        Assert.Equal(ShutdownTaskEnding.Abandoned, reports[0].Ending);
        Assert.Equal(Limit / 3, reports[0].Duration);
        var line = Assert.Single(_log.Lines, line => line.Level == LogLevel.Error);
        Assert.Equal(("queue", 4000.0), (line.Values["Task"], line.Values["TookMs"]));
    }

    [Fact]
    public async Task A_task_has_no_more_time_than_its_own_limit()
    {
        var hanging = new ShutdownTask("queue", _ => new TaskCompletionSource().Task)
        {
            Limit = TimeSpan.FromSeconds(1.5),
        };
        var running = RunAsync(hanging);
        await _time.WhenTimerAsync(TimeSpan.FromSeconds(1.5));

        _time.Advance(TimeSpan.FromSeconds(1.5));

        Assert.Equal(TimeSpan.FromSeconds(1.5), Assert.Single(await running.SoonAsync()).Duration);
    }

    [Fact]
    public async Task What_a_task_registered_on_its_token_and_throws_ends_neither_the_process_nor_the_next_task()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var throwing = new ShutdownTask("queue", token =>
        {
            token.Register(() => throw new InvalidOperationException("registered"));
            begun.SetResult();
            return new TaskCompletionSource().Task;
        })
        {
            Priority = 1,
        };
        var running = RunAsync(throwing, Noting("next", 2));
        await begun.Task.SoonAsync();

        // The timer's thread is this one: with a real clock the process would end.
        _time.Advance(Limit / 2);
        var reports = await running.SoonAsync();

        Assert.Equal([ShutdownTaskEnding.Abandoned, ShutdownTaskEnding.Done], reports.Select(report => report.Ending));
    }

    [Fact]
    public async Task A_task_that_blocks_its_thread_is_abandoned_like_any_other()
    {
        using var never = new ManualResetEventSlim();
        var blocking = new ShutdownTask("blocking", _ =>
        {
            never.WaitHandle.WaitOne();
            return Task.CompletedTask;
        })
        {
            Priority = 1,
        };
        var running = RunAsync(blocking, Noting("next", 2));
        await _time.WhenTimerAsync(Limit / 2);

        _time.Advance(Limit / 2);
        var reports = await running.SoonAsync();
        never.Set();

        Assert.Equal([ShutdownTaskEnding.Abandoned, ShutdownTaskEnding.Done], reports.Select(report => report.Ending));
    }

    [Fact]
    public async Task A_task_that_heeds_the_end_of_its_time_was_abandoned_too()
    {
        var heeding = new ShutdownTask("traces", token => Task.Delay(Timeout.InfiniteTimeSpan, _time, token));
        var running = RunAsync(heeding);
        await _time.WhenTimerAsync(Limit);

        _time.Advance(Limit);

        Assert.Equal(ShutdownTaskEnding.Abandoned, Assert.Single(await running.SoonAsync()).Ending);
    }

    [Fact]
    public async Task Many_that_hang_leave_the_last_one_its_share()
    {
        ShutdownTask[] hanging =
        [
            .. Enumerable.Range(0, 5).Select(i =>
                new ShutdownTask($"hanging {i}", _ => new TaskCompletionSource().Task) { Priority = i }),
        ];
        var running = RunAsync([.. hanging, Noting("last", 9)]);
        for (var i = 0; i < hanging.Length; i++)
        {
            await Soon.UntilAsync(() => _time.TimersDueIn(Limit / 6) == TimersOfTask);
            _time.Advance(Limit / 6);
        }

        var reports = await running.SoonAsync();

        Assert.Equal(["last"], _ran);
        Assert.Equal(5, reports.Count(report => report.Ending == ShutdownTaskEnding.Abandoned));
    }

    private ShutdownTask Noting(string name, int priority) => new(name, _ =>
    {
        _ran.Enqueue(name);
        return Task.CompletedTask;
    })
    {
        Priority = priority,
    };

    private Task<IReadOnlyList<ShutdownTaskReport>> RunAsync(params ShutdownTask[] tasks) =>
        new ShutdownTasks(tasks, _time, _log).RunAsync(ShutdownPhase.Cleanup, Limit);
}

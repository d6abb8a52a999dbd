using Holdfast.Timeouts;

namespace Holdfast.Gateway.Shutdown;

/// <summary>
/// Runs the tasks of a shutdown, phase by phase and by priority. A phase has a limit; each priority gets an equal share
/// of what is left of it, so that the last one has its time even when all before it hang.
/// </summary>
internal sealed partial class ShutdownTasks(
    IEnumerable<ShutdownTask> tasks, TimeProvider time, ILogger<ShutdownTasks> logger)
{
    // A task's only limit is its deadline.
    private static readonly TimeoutOptions NoLimits = new() { Attempt = TimeSpan.Zero };

    private readonly ShutdownTask[] _tasks = [.. tasks];

    /// <summary>Runs the tasks of one phase. Never throws, and never takes longer than the limit.</summary>
    public async Task<IReadOnlyList<ShutdownTaskReport>> RunAsync(ShutdownPhase phase, TimeSpan limit)
    {
        var startedAt = time.GetTimestamp();
        var reports = new List<ShutdownTaskReport>();
        var groups = _tasks.Where(task => task.Phase == phase)
            .GroupBy(task => task.Priority).OrderBy(group => group.Key).ToArray();
        for (var i = 0; i < groups.Length; i++)
        {
            var left = limit - time.GetElapsedTime(startedAt);
            var share = left > TimeSpan.Zero ? left / (groups.Length - i) : TimeSpan.Zero;
            reports.AddRange(await Task.WhenAll(groups[i].Select(task => RunAsync(task, share))));
        }

        return reports;
    }

    private async Task<ShutdownTaskReport> RunAsync(ShutdownTask task, TimeSpan share)
    {
        var limit = task.Limit < share ? task.Limit.Value : share;
        var startedAt = time.GetTimestamp();
        // Not a source with a timer: what a task registered on its token and throws would end the process. Not disposed
        // of where the task is left behind: it still holds the token.
        var clock = new AttemptClock(
            time, NoLimits, streaming: false, Deadline.After(limit, time), CancellationToken.None);
        // On a thread of its own, because it may block.
        var running = Task.Run(() => task.RunAsync(clock.Token));
        try
        {
            await running.WaitAsync(limit, time);
        }
        catch (Exception exception)
        {
            var took = time.GetElapsedTime(startedAt);
            if (!running.IsCompleted || clock.Struck != TimeoutKind.None)
            {
                TaskAbandoned(task.Name, took.TotalMilliseconds);
                return new ShutdownTaskReport(task.Name, ShutdownTaskEnding.Abandoned, took);
            }

            clock.Dispose();
            TaskFailed(exception, task.Name, took.TotalMilliseconds);
            return new ShutdownTaskReport(task.Name, ShutdownTaskEnding.Failed, took);
        }

        clock.Dispose();
        var duration = time.GetElapsedTime(startedAt);
        TaskDone(task.Name, duration.TotalMilliseconds);
        return new ShutdownTaskReport(task.Name, ShutdownTaskEnding.Done, duration);
    }

    [LoggerMessage(45, LogLevel.Debug, "shutdown task '{Task}' done after {TookMs} ms")]
    private partial void TaskDone(string task, double tookMs);

    [LoggerMessage(46, LogLevel.Error, "shutdown task '{Task}' failed after {TookMs} ms; the others go on")]
    private partial void TaskFailed(Exception exception, string task, double tookMs);

    [LoggerMessage(47, LogLevel.Error, "shutdown task '{Task}' was abandoned after {TookMs} ms: its time was up")]
    private partial void TaskAbandoned(string task, double tookMs);
}

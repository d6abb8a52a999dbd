using Holdfast.Timeouts;

namespace Holdfast.Failover;

/// <summary>The loop with several attempts in flight: races and hedges. One use.</summary>
internal sealed class FailoverRace<TCall, TAnswer>(TCall call, AttemptPlan plan, FailoverLaunch launch,
    Deadline deadline, TimeProvider time, CancellationToken cancellation)
    where TCall : IFailoverCall<TAnswer>
{
    private readonly List<Runner> _running = new(launch.AtOnce + 1);
    private TimeSpan _waited;
    private long _hedgeFrom;
    private TimeSpan? _hedgeAfter;
    private int _hedges;
    private bool _hasStarted;

    public async ValueTask<FailoverResult<TAnswer>> RunAsync()
    {
        try
        {
            while (!cancellation.IsCancellationRequested)
            {
                if (!await LaunchAsync().ConfigureAwait(false))
                    break;
                var started = time.GetTimestamp();
                var ended = await NextToEndAsync().ConfigureAwait(false);
                _waited += time.GetElapsedTime(started);
                if (ended is null)
                {
                    LaunchHedge();
                    continue;
                }

                _running.Remove(ended);
                var attempt = await ended.Attempt.ConfigureAwait(false);
                if (attempt.Outcome == Outcome.Ok)
                {
                    return new FailoverResult<TAnswer>(true, attempt.Answer, ended.Target, _waited, _hedges)
                    {
                        Lifetime = ended,
                    };
                }

                ended.Dispose();
                FailoverLoop.Report(plan, ended.Target, attempt);
            }

            return new FailoverResult<TAnswer>(false, default, -1, _waited, _hedges);
        }
        finally
        {
            await LetGoAsync().ConfigureAwait(false);
        }
    }

    private TimeSpan UntilHedge =>
        _hedgeAfter is { } after ? after - time.GetElapsedTime(_hedgeFrom) : Timeout.InfiniteTimeSpan;

    /// <summary>Fills the places. A repeat, and a wait for one, only when nothing else is on its way.</summary>
    /// <returns>False when nothing runs and nothing is left to try.</returns>
    private async ValueTask<bool> LaunchAsync()
    {
        while (_running.Count < launch.AtOnce)
        {
            var step = Next(untriedOnly: _running.Count > 0);
            if (step.Kind == AttemptStepKind.GiveUp)
                break;
            if (step.Kind == AttemptStepKind.WaitThenTry)
            {
                var started = time.GetTimestamp();
                var isThrough = await FailoverLoop.WaitAsync(step.Delay, time, cancellation).ConfigureAwait(false);
                _waited += time.GetElapsedTime(started);
                if (!isThrough)
                    return false;
            }

            Start(step);
        }

        return _running.Count > 0;
    }

    private AttemptStep Next(bool untriedOnly) =>
        plan.Next(call, static (looked, target) => looked.Look(target), deadline.Remaining, untriedOnly);

    private void Start(AttemptStep step)
    {
        if (!_hasStarted && launch.MayHedge)
        {
            _hedgeAfter = call.HedgeAfter(step.Target);
            _hedgeFrom = time.GetTimestamp();
        }

        _hasStarted = true;
        var struck = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _running.Add(new Runner(step.Target, struck, call.AttemptAsync(step, struck.Token).AsTask()));
    }

    private void LaunchHedge()
    {
        // Once a call, whatever comes of it.
        _hedgeAfter = null;
        if (!call.TryHedge())
            return;
        var step = Next(untriedOnly: true);
        if (step.Kind == AttemptStepKind.GiveUp)
            return;
        _hedges++;
        Start(step);
    }

    /// <summary>The next attempt to end, or null when it is time for a hedge.</summary>
    private async ValueTask<Runner?> NextToEndAsync()
    {
        var hedgeIn = UntilHedge;
        if (hedgeIn == Timeout.InfiniteTimeSpan)
        {
            if (_running is [var only])
            {
                await ((Task)only.Attempt).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return only;
            }

            return Find(await Task.WhenAny(_running.Select(runner => runner.Attempt)).ConfigureAwait(false));
        }

        if (_running.FirstOrDefault(runner => runner.Attempt.IsCompleted) is { } done)
            return done;
        if (hedgeIn <= TimeSpan.Zero)
            return null;
        using var enough = new CancellationTokenSource();
        var alarm = Task.Delay(hedgeIn, time, enough.Token);
        var first = await Task.WhenAny(_running.Select(runner => (Task)runner.Attempt).Append(alarm))
            .ConfigureAwait(false);
        await enough.CancelAsync().ConfigureAwait(false);
        return first == alarm ? null : Find(first);
    }

    private Runner Find(Task attempt) => _running.Find(runner => runner.Attempt == attempt)!;

    private async ValueTask LetGoAsync()
    {
        if (_running.Count == 0)
            return;
        var ends = new Task[_running.Count];
        for (var i = 0; i < ends.Length; i++)
            ends[i] = LetGoAsync(_running[i]);
        _running.Clear();
        var all = Task.WhenAll(ends);
        if (!all.IsCompleted)
        {
            using var enough = new CancellationTokenSource();
            await Task.WhenAny(all, Task.Delay(FailoverLoop.LoserGrace, time, enough.Token)).ConfigureAwait(false);
            await enough.CancelAsync().ConfigureAwait(false);
        }
    }

    private async Task LetGoAsync(Runner loser)
    {
        await loser.Struck.CancelAsync().ConfigureAwait(false);
        await ((Task)loser.Attempt).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // A loser that failed by a defect has nobody left to tell; its exception counts as observed.
        _ = loser.Attempt.Exception;
        if (loser.Attempt.IsCompletedSuccessfully
            && await loser.Attempt.ConfigureAwait(false) is { Outcome: Outcome.Ok } late)
            call.Discard(loser.Target, late.Answer!);
        loser.Dispose();
    }

    private sealed record Runner(
        int Target, CancellationTokenSource Struck, Task<FailoverAttempt<TAnswer>> Attempt) : IDisposable
    {
        public void Dispose() => Struck.Dispose();
    }
}

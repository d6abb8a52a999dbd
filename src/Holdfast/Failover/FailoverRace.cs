using Holdfast.Timeouts;

namespace Holdfast.Failover;

/// <summary>The loop with several attempts in flight: races and hedges. One use.</summary>
internal sealed class FailoverRace<TCall, TAnswer>(TCall call, AttemptPlan plan, FailoverLaunch launch,
    Deadline deadline, TimeProvider time, CancellationToken cancellation)
    where TCall : IFailoverCall<TAnswer>
{
    private readonly List<Runner> _running = new(launch.AtOnce + 1);
    private readonly Lock _discarding = new();
    private TimeSpan _waited;
    private long _hedgeFrom;
    private TimeSpan? _hedgeAfter;
    private int _hedges;

    /// <summary>Takes over an attempt that runs, to be tried beside when it is slow.</summary>
    public void HedgeBeside(int target, CancellationTokenSource struck, Task<FailoverAttempt<TAnswer>> attempt,
        TimeSpan hedgeAfter, long from)
    {
        (_hedgeAfter, _hedgeFrom) = (hedgeAfter, from);
        _running.Add(new Runner(target, struck, attempt));
    }

    /// <summary>Runs to the end.</summary>
    /// <param name="waited">How long the call has waited before.</param>
    public async ValueTask<FailoverResult<TAnswer>> RunAsync(TimeSpan waited = default)
    {
        _waited = waited;
        Runner? winner = null;
        TAnswer? answer = default;
        try
        {
            while (winner is null && !cancellation.IsCancellationRequested)
            {
                if (!await LaunchAsync().ConfigureAwait(false))
                    break;
                var started = time.GetTimestamp();
                var ended = await NextToEndAsync().ConfigureAwait(false);
                _waited += time.GetElapsedTime(started);
                if (ended is null)
                {
                    // Nobody waits any more: no provider is to be asked for that.
                    if (!cancellation.IsCancellationRequested)
                        LaunchHedge();
                    continue;
                }

                // Until it has won or is reported on, it stays among those that are let go whatever happens.
                var attempt = await ended.Attempt.ConfigureAwait(false);
                _running.Remove(ended);
                _hedgeAfter = null;
                if (attempt.Outcome == Outcome.Ok)
                {
                    (winner, answer) = (ended, attempt.Answer);
                    continue;
                }

                ended.Dispose();
                FailoverLoop.Report(plan, ended.Target, attempt);
            }
        }
        finally
        {
            await LetGoAsync().ConfigureAwait(false);
        }

        var isRace = launch.AtOnce > 1;
        return new FailoverResult<TAnswer>(winner is not null, answer, winner?.Target ?? -1, _waited, _hedges)
        {
            Lifetime = winner,
            WentOn = plan.WentOn(isRace),
            FellBack = winner?.Target > 0 && (!isRace || plan.IsAfterFailure(winner.Target)),
        };
    }

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
            if (step.IsRepeat)
                break;
        }

        return _running.Count > 0;
    }

    private AttemptStep Next(bool untriedOnly) =>
        plan.Next(call, static (looked, target) => looked.Look(target), deadline.Remaining, untriedOnly);

    private void Start(AttemptStep step)
    {
        var attempt = FailoverLoop.AttemptApartAsync<TCall, TAnswer>(call, step, cancellation, out var struck);
        _running.Add(new Runner(step.Target, struck, attempt.AsTask()));
    }

    private void LaunchHedge()
    {
        // Once a call, whatever comes of it.
        _hedgeAfter = null;
        // Looked first, so that no share of the hedges is spent where there is no target for one, or where it takes the
        // little that is left from calls that need it.
        if (!plan.MayHedge(call, static (looked, target) => looked.Look(target), deadline.Remaining)
            || !call.TryHedge())
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
        if (_hedgeAfter is not { } after)
        {
            if (_running is [var only])
            {
                await ((Task)only.Attempt).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return only;
            }

            return Find(await Task.WhenAny(_running.Select(runner => runner.Attempt)).ConfigureAwait(false));
        }

        if (_running.Find(runner => runner.Attempt.IsCompleted) is { } done)
            return done;
        using var enough = new CancellationTokenSource();
        var alarm = FailoverLoop.WaitAsync(after - time.GetElapsedTime(_hedgeFrom), time, enough.Token).AsTask();
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
        var started = time.GetTimestamp();
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

        _waited += time.GetElapsedTime(started);
    }

    private async Task LetGoAsync(Runner loser)
    {
        // What somebody registered on the token may throw, and a loser may fail by a defect: nobody is left to tell,
        // and neither may keep its answer from being taken back.
        await loser.Struck.CancelAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await ((Task)loser.Attempt).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ = loser.Attempt.Exception;
        loser.Dispose();
        if (!loser.Attempt.IsCompletedSuccessfully
            || await loser.Attempt.ConfigureAwait(false) is not { Outcome: Outcome.Ok } late)
            return;
        lock (_discarding)
            call.Discard(loser.Target, late.Answer!);
    }

    private sealed record Runner(
        int Target, CancellationTokenSource Struck, Task<FailoverAttempt<TAnswer>> Attempt) : IDisposable
    {
        public void Dispose() => Struck.Dispose();
    }
}

using System.Runtime.CompilerServices;
using Holdfast.Timeouts;

namespace Holdfast.Failover;

/// <summary>
/// Runs one call over its targets until an attempt is good or nothing is left to try. Failover is order × launch: the
/// numbers of the targets are the order, <see cref="FailoverLaunch"/> says when the next one starts; sequential,
/// parallel, fastest, weighted, random and hedged failover are settings of this one loop. What may be tried, repeated
/// and waited for is the <see cref="AttemptPlan"/>'s to say.
/// </summary>
/// <remarks>
/// The first success wins. The losers' tokens are struck at once and their ends awaited; one that answers all the same
/// is handed to <see cref="IFailoverCall{TAnswer}.Discard"/>, so that no permit, slot or answer is left behind. A loser
/// that does not heed its token holds the winner up for <see cref="LoserGrace"/> at most; it is discarded when it ends.
/// </remarks>
public static class FailoverLoop
{
    /// <summary>How long a winner waits for losers to end: 100 ms.</summary>
    public static readonly TimeSpan LoserGrace = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(1);

    /// <summary>Runs the call.</summary>
    /// <typeparam name="TCall">A class, or a struct that is not copied on the way.</typeparam>
    /// <typeparam name="TAnswer">What a good attempt yields.</typeparam>
    /// <param name="call">The call.</param>
    /// <param name="plan">Its plan; it has not been asked yet.</param>
    /// <param name="launch">When attempts start.</param>
    /// <param name="deadline">The end of the whole call.</param>
    /// <param name="time">For waits and hedges.</param>
    /// <param name="cancellation">Struck when nobody waits for the answer any more.</param>
    /// <returns>The winner, or that there is none: the plan knows what was skipped.</returns>
    public static ValueTask<FailoverResult<TAnswer>> RunAsync<TCall, TAnswer>(TCall call, AttemptPlan plan,
        FailoverLaunch launch, Deadline deadline, TimeProvider time, CancellationToken cancellation)
        where TCall : IFailoverCall<TAnswer>
    {
        // Not ThrowIfNull, which would box a struct wherever the code isn't optimized yet.
        if (call is null)
            throw new ArgumentNullException(nameof(call));
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentOutOfRangeException.ThrowIfLessThan(launch.AtOnce, 1);
        return launch.AtOnce == 1
            ? OneByOneAsync<TCall, TAnswer>(call, plan, launch.MayHedge, deadline, time, cancellation)
            : new FailoverRace<TCall, TAnswer>(call, plan, launch, deadline, time, cancellation).RunAsync();
    }

    internal static void Report<TAnswer>(AttemptPlan plan, int target, in FailoverAttempt<TAnswer> attempt) =>
        plan.Report(target, attempt.Outcome, attempt.ServerDelay, attempt.Repeat, !attempt.StaysHere, attempt.Waits);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal static async ValueTask<bool> WaitAsync(TimeSpan delay, TimeProvider time, CancellationToken cancellation)
    {
        var from = time.GetTimestamp();
        try
        {
            for (var left = delay; left > TimeSpan.Zero; left = delay - time.GetElapsedTime(from))
            {
                // Whole milliseconds upwards: timers cut the rest off, and none of them runs for months.
                var wait = left < LongestDelay ? Math.Ceiling(left.TotalMilliseconds) : LongestDelay.TotalMilliseconds;
                await Task.Delay(TimeSpan.FromMilliseconds(wait), time, cancellation).ConfigureAwait(false);
            }

            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<FailoverResult<TAnswer>> OneByOneAsync<TCall, TAnswer>(TCall call, AttemptPlan plan,
        bool mayHedge, Deadline deadline, TimeProvider time, CancellationToken cancellation)
        where TCall : IFailoverCall<TAnswer>
    {
        var waited = TimeSpan.Zero;
        while (!cancellation.IsCancellationRequested)
        {
            var started = time.GetTimestamp();
            var step = plan.Next(
                call, static (looked, target) => looked.Look(target), deadline.RemainingAt(started, time));
            if (step.Kind == AttemptStepKind.GiveUp)
                break;
            if (step.Kind == AttemptStepKind.WaitThenTry
                && !await WaitAsync(step.Delay, time, cancellation).ConfigureAwait(false))
                break;

            // Only a call's first attempt can be hedged, and it becomes a race only when it isn't done at once.
            CancellationTokenSource? struck = null;
            ValueTask<FailoverAttempt<TAnswer>> running;
            if (mayHedge && call.HedgeAfter(step.Target) is { } hedgeAfter)
            {
                var from = time.GetTimestamp();
                running = AttemptApartAsync<TCall, TAnswer>(call, step, cancellation, out struck);
                if (!running.IsCompletedSuccessfully)
                {
                    var race = new FailoverRace<TCall, TAnswer>(
                        call, plan, FailoverLaunch.Hedged, deadline, time, cancellation);
                    race.HedgeBeside(step.Target, struck, running.AsTask(), hedgeAfter, from);
                    return await race.RunAsync(waited + time.GetElapsedTime(started, from)).ConfigureAwait(false);
                }
            }
            else
            {
                running = call.AttemptAsync(step, cancellation);
            }

            mayHedge = false;
            var attempt = await running.ConfigureAwait(false);
            waited += time.GetElapsedTime(started);
            if (attempt.Outcome == Outcome.Ok)
            {
                return new FailoverResult<TAnswer>(true, attempt.Answer, step.Target, waited, 0)
                {
                    Lifetime = struck, WentOn = plan.WentOn(isRace: false), FellBack = step.Target > 0,
                };
            }

            struck?.Dispose();
            Report(plan, step.Target, attempt);
        }

        return new FailoverResult<TAnswer>(false, default, -1, waited, 0) { WentOn = plan.WentOn(isRace: false) };
    }

    /// <summary>Starts an attempt with a token that can be struck without the caller's.</summary>
    internal static ValueTask<FailoverAttempt<TAnswer>> AttemptApartAsync<TCall, TAnswer>(
        TCall call, AttemptStep step, CancellationToken caller, out CancellationTokenSource struck)
        where TCall : IFailoverCall<TAnswer>
    {
        struck = CancellationTokenSource.CreateLinkedTokenSource(caller);
        try
        {
            return call.AttemptAsync(step, struck.Token);
        }
        catch
        {
            struck.Dispose();
            throw;
        }
    }
}

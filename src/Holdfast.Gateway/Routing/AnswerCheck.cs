using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Validation;
using Holdfast.Timeouts;

namespace Holdfast.Gateway.Routing;

/// <summary>
/// Looks at an attempt's answer before it may win, on a route that says what a good one is. Once the answer is whole
/// the provider has done its part: the time that the check takes, or waits for a place, is bounded by the call alone
/// and held against nobody.
/// </summary>
internal sealed class AnswerCheck(CallRequest call, AnswerValidator validator, Deadline deadline, TimeProvider time)
{
    /// <summary>
    /// The answer as it is when it is a good one. A stream is read to its end for it: its commit point is then its end,
    /// so whatever happens inside it may still fail over.
    /// </summary>
    /// <param name="sent">The answer, whole or at its first token. It is disposed of when it isn't a good one.</param>
    /// <param name="clock">The attempt's, which bounds the rest of a stream.</param>
    /// <param name="cancellation">Nobody wants the answer any more.</param>
    public async ValueTask<AttemptResult> RunAsync(
        AttemptResult sent, AttemptClock clock, CancellationToken cancellation)
    {
        if (sent.Stream is not null && !validator.Options.BuffersStreams)
        {
            return sent;
        }

        ProviderFault? fault = null;
        var isDone = false;
        var checking = TimeSpan.Zero;
        try
        {
            if (sent.Stream is { } stream && !await stream.CompleteAsync(validator.Options.MaxBytes))
            {
                fault = stream.Fault ?? NotGood(validator.TooLarge);
            }
            else
            {
                var startedAt = time.GetTimestamp();
                // What is whole cannot be silent.
                clock.Pause();
                fault = await JudgeAsync(sent.Answer?.Body ?? sent.Stream!.Opening.WrittenMemory, cancellation);
                checking = time.GetElapsedTime(startedAt);
            }

            isDone = true;
        }
        finally
        {
            if (fault is not null || !isDone)
            {
                sent.Answer?.Dispose();
                sent.Stream?.Dispose();
            }
        }

        AttemptResult result = fault is null ? sent : fault;
        return result with
        {
            RequestId = sent.RequestId,
            Limits = sent.Limits,
            OwnTime = sent.OwnTime + checking,
            Checking = checking,
            Usage = sent.Answer?.Usage ?? sent.Stream?.Usage ?? default,
        };
    }

    private async ValueTask<ProviderFault?> JudgeAsync(ReadOnlyMemory<byte> answer, CancellationToken cancellation)
    {
        if (!validator.MayWait)
        {
            return NotGoodIf(validator.Check(call, answer));
        }

        var left = deadline.Remaining;
        using var limit = left == TimeSpan.MaxValue
            ? new CancellationTokenSource()
            : new CancellationTokenSource(left, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            return NotGoodIf(await validator.CheckAsync(call, answer, either.Token));
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            return Faults.Struck(limit.IsCancellationRequested ? TimeoutKind.Call : TimeoutKind.None);
        }
    }

    private static ProviderFault? NotGoodIf(string? failure) => failure is null ? null : NotGood(failure);

    private static ProviderFault NotGood(string failure) =>
        new(Outcome.BadAnswer, $"the answer failed validation: {failure}") { Status = 200, Validation = failure };
}

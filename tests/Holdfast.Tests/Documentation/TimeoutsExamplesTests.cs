using System.Runtime.CompilerServices;
using Holdfast.Failover;
using Holdfast.Timeouts;

namespace Holdfast.Tests.Documentation;

/// <summary>The code of docs/features/Timeouts.md.</summary>
public class TimeoutsExamplesTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly List<string> _written = [];

    [Fact]
    public async Task A_stream_that_ends_in_time_is_an_answer()
    {
        var outcome = await ReadAsync(cancellation => TokensAsync(2, cancellation), CancellationToken.None);

        Assert.Equal(Outcome.Ok, outcome);
        Assert.Equal(2, _written.Count);
    }

    [Fact]
    public async Task A_silent_stream_is_a_timeout()
    {
        var reading = ReadAsync(cancellation => TokensAsync(0, cancellation, stalls: true), CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(21));

        Assert.Equal(Outcome.Timeout, await reading);
    }

    [Fact]
    public async Task A_stream_that_stalls_after_its_first_token_is_cut()
    {
        var reading = ReadAsync(cancellation => TokensAsync(3, cancellation, stalls: true), CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(11));

        Assert.Equal(Outcome.Cut, await reading);
    }

    [Fact]
    public async Task A_caller_that_leaves_is_nobodys_failure()
    {
        using var caller = new CancellationTokenSource();
        var reading = ReadAsync(cancellation => TokensAsync(0, cancellation, stalls: true), caller.Token);
        await caller.CancelAsync();

        Assert.Equal(Outcome.Cancelled, await reading);
    }

    #region AttemptClock
    private async Task<Outcome> ReadAsync(
        Func<CancellationToken, IAsyncEnumerable<string>> open, CancellationToken caller)
    {
        var limits = new TimeoutOptions { FirstToken = TimeSpan.FromSeconds(20), Idle = TimeSpan.FromSeconds(10) };
        var deadline = Deadline.After(limits.Call, _time);
        using var clock = new AttemptClock(_time, limits, streaming: true, deadline, caller);
        try
        {
            await foreach (var token in open(clock.Token))
            {
                clock.FirstToken();
                clock.TokenArrived(token.Length);
                clock.Pause();
                await WriteAsync(token);
                clock.Resume();
            }

            return Outcome.Ok;
        }
        catch (OperationCanceledException) when (clock.Token.IsCancellationRequested)
        {
            return clock.Struck switch
            {
                TimeoutKind.FirstToken or TimeoutKind.Attempt => Outcome.Timeout,
                TimeoutKind.Idle or TimeoutKind.Throughput => Outcome.Cut,
                // The call's deadline, or the caller left.
                _ => Outcome.Cancelled,
            };
        }
    }
    #endregion

    private async IAsyncEnumerable<string> TokensAsync(
        int count, [EnumeratorCancellation] CancellationToken cancellation, bool stalls = false)
    {
        for (var i = 0; i < count; i++)
            yield return "token";
        if (stalls)
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, cancellation);
    }

    private Task WriteAsync(string token)
    {
        _written.Add(token);
        return Task.CompletedTask;
    }
}

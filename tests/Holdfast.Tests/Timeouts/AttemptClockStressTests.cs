using Holdfast.Timeouts;
using Xunit.Abstractions;

namespace Holdfast.Tests.Timeouts;

/// <summary>Clocks of many threads, struck, cancelled, disposed of twice and used again, while time runs.</summary>
public class AttemptClockStressTests(ITestOutputHelper output)
{
    private const int Threads = 8;
    private const int ClocksPerThread = 4000;

    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task No_clock_strikes_early_or_cancels_another()
    {
        var seed = (int)TimeProvider.System.GetTimestamp();
        output.WriteLine($"seed {seed}");
        using var over = new CancellationTokenSource();
        var running = Task.Run(() =>
        {
            while (!over.IsCancellationRequested)
                _time.Advance(TimeSpan.FromMilliseconds(1));
        });

        List<CancellationToken>[] kept;
        try
        {
            kept = await Task.WhenAll(Enumerable.Range(0, Threads)
                .Select(thread => Task.Run(() => Use(new Random(unchecked(seed + thread)))))).SoonAsync();
        }
        finally
        {
            await over.CancelAsync();
            await running;
        }

        _time.Advance(TimeSpan.FromHours(1));

        Assert.All(kept.SelectMany(tokens => tokens), token => Assert.False(token.IsCancellationRequested));
        Assert.Equal(0, _time.Armed);
    }

    /// <summary>Uses clocks; returns the tokens of their own that nobody had cancelled by the end.</summary>
    private List<CancellationToken> Use(Random random)
    {
        var kept = new List<CancellationToken>();
        AttemptClock before = default;
        for (var i = 0; i < ClocksPerThread; i++)
        {
            using var caller = new CancellationTokenSource();
            var limit = TimeSpan.FromMilliseconds(random.Next(1, 40));
            var lends = random.Next(2) == 0;
            var leaves = random.Next(8) == 0;
            var started = _time.GetTimestamp();
            var clock = new AttemptClock(_time, new TimeoutOptions { Attempt = limit }, streaming: false,
                Deadline.None, caller.Token, lends);
            if (leaves)
                caller.Cancel();
            var spins = random.Next(200);
            Thread.SpinWait(spins);
            if (random.Next(4) == 0)
                before.Dispose();

            var isCancelled = clock.Token.IsCancellationRequested;
            if (isCancelled && !leaves)
            {
                Assert.Equal(TimeoutKind.Attempt, clock.Struck);
                Assert.True(_time.GetElapsedTime(started) >= limit, "it struck early");
            }

            Assert.True(isCancelled || !leaves, "the caller left and nobody heard");
            clock.Dispose();
            // It may have struck until now, but from now on nobody may.
            if (!lends && !clock.Token.IsCancellationRequested && clock.Struck == TimeoutKind.None)
                kept.Add(clock.Token);
            before = clock;
        }

        return kept;
    }
}

using Holdfast.Admission;

namespace Holdfast.Tests.Admission;

/// <summary>What servers say to a queue of several accounts, and what queues take over from each other.</summary>
public sealed class AdmissionAccountsTests
{
    private static readonly RateLimitReading Empty = new(10, 0, TimeSpan.FromSeconds(20));
    private static readonly RateLimitReading Plenty = new(10, 10, TimeSpan.FromSeconds(60));
    private static readonly AdmissionRequest One = new() { Tokens = 1 };

    private static readonly AdmissionOptions Open = new() { MaxConcurrency = 0, ThrottleRate = 0 };

    private readonly ManualTimeProvider _time = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_account_that_is_forgotten_lets_those_in_who_waited_for_it(bool isOfTokens)
    {
        using var queue = new AdmissionQueue(Open, _time);
        Tell(queue, isOfTokens, ("a", Empty), ("b", Plenty));
        var waiting = queue.EnterAsync(One).AsTask();
        Assert.Equal(1, queue.GetStatus().Depth);

        queue.Forget("c");
        Assert.False(waiting.IsCompleted);
        queue.Forget("a");

        Assert.True((await waiting.SoonAsync()).IsAdmitted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_queue_takes_over_what_another_one_knows_of_an_account(bool isOfTokens)
    {
        using var queue = new AdmissionQueue(Open, _time);
        _time.Advance(TimeSpan.FromSeconds(7));
        Tell(queue, isOfTokens, ("a", Empty), ("b", Plenty));
        _time.Advance(TimeSpan.FromSeconds(5));
        using var other = new AdmissionQueue(Open, _time);

        Assert.True(other.LearnFrom(queue, "a"));

        Assert.Equal(TimeSpan.FromSeconds(15), other.Look(One).EstimatedWait);
        queue.Forget("a");
        Assert.Equal(TimeSpan.Zero, queue.Look(One).EstimatedWait);
        Assert.Equal(TimeSpan.FromSeconds(15), other.Look(One).EstimatedWait);
    }

    [Fact]
    public void What_was_begun_there_since_the_server_spoke_counts_as_taken()
    {
        using var queue = new AdmissionQueue(Open, _time);
        Tell(queue, isOfTokens: false, ("a", new RateLimitReading(100, 52, TimeSpan.FromSeconds(60))));
        for (var call = 0; call < 20; call++)
        {
            _time.Advance(TimeSpan.FromSeconds(2));
            Assert.True(queue.TryEnter(One, out var lease));
            lease.Succeeded();
        }

        using var other = new AdmissionQueue(Open, _time);
        Assert.True(other.LearnFrom(queue, "a"));
        other.TryEnter(One, out _);

        // Of 52 there are 32 left, and one is taken here; another one is left to others. 20 s are left for them.
        Assert.Equal(20 / 30d, other.Look(One).EstimatedWait.TotalSeconds, 2);
    }

    [Fact]
    public void Nothing_is_taken_over_that_nobody_knows_or_that_is_over_or_ones_own()
    {
        using var queue = new AdmissionQueue(Open, _time);
        Tell(queue, isOfTokens: false, ("a", Empty), ("b", Plenty));
        using var other = new AdmissionQueue(Open, _time);

        Assert.False(other.LearnFrom(queue, "c"));
        Assert.False(queue.LearnFrom(queue, "a"));
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.False(other.LearnFrom(queue, "a"));

        Assert.Equal(TimeSpan.Zero, other.Look(One).EstimatedWait);
    }

    /// <summary>The server answers calls that all began before any of the answers came.</summary>
    private static void Tell(
        AdmissionQueue queue, bool isOfTokens, params (string Account, RateLimitReading Said)[] words)
    {
        var leases = Array.ConvertAll(words, _ => queue.TryEnter(default, out var lease) ? lease : default);
        for (var i = 0; i < words.Length; i++)
        {
            leases[i].Learned(isOfTokens ? null : words[i].Said, isOfTokens ? words[i].Said : null, words[i].Account);
            leases[i].Succeeded();
        }
    }
}

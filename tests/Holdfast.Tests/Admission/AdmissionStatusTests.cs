using Holdfast.Admission;
using Holdfast.Failover;

namespace Holdfast.Tests.Admission;

/// <summary>What a queue says of itself, and a refusal of its reason.</summary>
public sealed class AdmissionStatusTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly ManualTimeProvider _time = new();

    private static AdmissionOptions Places(int places) => new() { MaxConcurrency = places, ThrottleRate = 0 };

    [Fact]
    public void A_queue_that_nobody_has_used_has_no_averages()
    {
        using var queue = new AdmissionQueue(Places(4), _time);

        Assert.Equal(
            new AdmissionStatus(0, 4, 0, 100, 0, 0, 1, 0, TimeSpan.Zero, null, TimeSpan.Zero), queue.GetStatus());
        Assert.Equal(0, queue.GetStatus().Saturation);
    }

    [Fact]
    public void The_scaling_signal_is_what_runs_and_waits_over_what_may_run()
    {
        using var queue = new AdmissionQueue(Places(2), _time);
        queue.TryEnter(default, out _);
        Assert.Equal(0.5, queue.GetStatus().Saturation);
        queue.TryEnter(default, out _);
        _ = queue.EnterAsync(default);

        Assert.Equal(1.5, queue.GetStatus().Saturation);
        queue.Options = Places(0);
        Assert.Equal(0, queue.GetStatus().Saturation);
    }

    [Fact]
    public async Task Averages_are_of_those_that_were_let_in_and_of_those_that_ended()
    {
        using var queue = new AdmissionQueue(Places(1), _time);
        queue.TryEnter(default, out var first);
        var waiting = queue.EnterAsync(default);
        _time.Advance(4 * Second);
        first.Succeeded();
        var second = (await Soon.OfAsync(waiting)).Lease;
        _time.Advance(2 * Second);
        second.Failed();

        var status = queue.GetStatus();

        Assert.InRange(status.AverageWait, 1.9 * Second, 2.1 * Second);
        Assert.InRange(status.AverageRunTime!.Value, 2.9 * Second, 3.1 * Second);
        Assert.InRange(status.SuccessRate, 0.48, 0.52);
    }

    [Fact]
    public async Task A_withdrawn_call_weighs_in_no_average_of_waits()
    {
        using var queue = new AdmissionQueue(Places(1), _time);
        queue.TryEnter(default, out var first);
        var waiting = queue.EnterAsync(default);
        _time.Advance(4 * Second);
        first.Succeeded();
        (await Soon.OfAsync(waiting)).Lease.Dispose();
        var before = queue.GetStatus().AverageWait;

        for (var i = 0; i < 10; i++)
        {
            queue.TryEnter(default, out var lease);
            lease.Withdraw();
        }

        Assert.Equal(before, queue.GetStatus().AverageWait);
        queue.TryEnter(default, out _);
        Assert.True(queue.GetStatus().AverageWait < before);
    }

    [Fact]
    public void What_was_long_ago_counts_for_less_every_minute()
    {
        using var queue = new AdmissionQueue(Places(1), _time);
        for (var i = 0; i < 8; i++)
            Run(queue, 1 * Second, succeeds: false);
        _time.Advance(TimeSpan.FromMinutes(3));

        Run(queue, 1 * Second, succeeds: true);

        Assert.InRange(queue.GetStatus().SuccessRate, 0.45, 0.55);
        _time.Advance(TimeSpan.FromHours(2));
        Run(queue, 9 * Second, succeeds: true);
        Assert.InRange(queue.GetStatus().AverageRunTime!.Value, 8.9 * Second, 9 * Second);
        Assert.InRange(queue.GetStatus().ProcessingRate, 0.011, 0.0125);
    }

    [Fact]
    public void Whoever_waits_gets_the_place_of_a_call_that_is_withdrawn()
    {
        using var queue = new AdmissionQueue(Places(1), _time);
        queue.TryEnter(default, out var lease);
        var waiting = queue.EnterAsync(default);

        lease.Withdraw();

        Assert.True(waiting.IsCompletedSuccessfully);
    }

    [Fact]
    public void What_is_said_of_a_place_that_was_given_back_is_ignored()
    {
        using var queue = new AdmissionQueue(Places(1), _time);
        queue.TryEnter(default, out var old);
        old.Succeeded();
        queue.TryEnter(default, out var lease);

        old.Withdraw();
        old.Pause();
        old.GoOn();
        old.Learned(new RateLimitReading(1, 0, Second), null);

        Assert.Equal((1, 0), (queue.GetStatus().Running, queue.GetStatus().Depth));
        Assert.Equal(2, queue.GetStatus().Admitted);
        lease.Withdraw();
        Assert.Equal(TimeSpan.Zero, queue.EstimatedWait());
    }

    [Fact]
    public void A_queue_hands_what_calls_took_to_its_adaptive_limit()
    {
        var adaptive = new AdaptiveConcurrencyOptions { MinLimit = 1, MaxLimit = 100 };
        using var queue = new AdmissionQueue(Places(20) with { Adaptive = adaptive }, _time);
        var running = new Queue<AdmissionLease>();
        for (var calls = 0; calls < 100; calls++)
        {
            while (queue.TryEnter(default, out var lease))
                running.Enqueue(lease);
            _time.Advance(Second / 20);
            running.Dequeue().Succeeded();
        }

        Assert.True(queue.MaxConcurrency > 20);
    }

    [Fact]
    public void Leases_are_equal_when_they_are_the_same_place_of_the_same_call()
    {
        using var queue = new AdmissionQueue(Places(2), _time);
        using var other = new AdmissionQueue(Places(2), _time);
        queue.TryEnter(default, out var one);
        queue.TryEnter(default, out var beside);
        other.TryEnter(default, out var elsewhere);
        var copy = one;
        one.Succeeded();
        queue.TryEnter(default, out var later);

        Assert.True(one == copy && one.Equals((object)copy) && one.GetHashCode() == copy.GetHashCode());
        Assert.True(one != beside && one != elsewhere && one != later && later != beside);
        Assert.False(one != copy);
        Assert.False(one.Equals(null));
    }

    [Theory]
    [InlineData(AdmissionRefusal.QueueFull, ErrorCategory.Model, "not let in: the queue is full")]
    [InlineData(AdmissionRefusal.WouldBeLate, ErrorCategory.Timeout, "not let in: it would wait longer than it may")]
    [InlineData(AdmissionRefusal.TimedOut, ErrorCategory.Timeout, "not let in: it has waited as long as it may")]
    [InlineData(AdmissionRefusal.Shed, ErrorCategory.Model, "not let in: more urgent calls come first")]
    public void A_refusal_says_why_and_when_to_come_again(AdmissionRefusal why, ErrorCategory category, string message)
    {
        var unknown = new AdmissionRefusedException(why, TimeSpan.Zero);
        var known = new AdmissionRefusedException(why, 2.5 * Second);

        Assert.Equal((category, message), (unknown.Category, unknown.Message));
        Assert.Equal(message + "; another try is worth it in 2.5 s", known.Message);
        Assert.Equal((why, 2.5 * Second, true), (known.Refusal, known.RetryAfter, known.IsRecoverable));
    }

    [Fact]
    public void No_refusal_is_no_reason() => Assert.Throws<ArgumentOutOfRangeException>(
        () => new AdmissionRefusedException(AdmissionRefusal.None, TimeSpan.Zero));

    private void Run(AdmissionQueue queue, TimeSpan took, bool succeeds)
    {
        queue.TryEnter(default, out var lease);
        _time.Advance(took);
        if (succeeds)
            lease.Succeeded();
        else
            lease.Failed();
    }
}

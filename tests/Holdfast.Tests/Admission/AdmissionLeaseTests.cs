using Holdfast.Admission;

namespace Holdfast.Tests.Admission;

public sealed class AdmissionLeaseTests
{
    private static readonly RateLimitReading Empty = new(10, 0, TimeSpan.FromSeconds(20));

    private readonly ManualTimeProvider _time = new();

    private static AdmissionOptions Places(int places) => new() { MaxConcurrency = places, ThrottleRate = 0 };

    [Fact]
    public void A_call_that_is_withdrawn_counts_nowhere()
    {
        using var queue = new AdmissionQueue(Places(1), _time);
        queue.TryEnter(default, out var lease);
        _time.Advance(TimeSpan.FromSeconds(3));

        lease.Withdraw();
        lease.Succeeded();

        var status = queue.GetStatus();
        Assert.Equal((0, 0L, null), (status.Running, status.Admitted, status.AverageRunTime));
        Assert.True(queue.TryEnter(default, out _));
    }

    [Fact]
    public void A_call_that_is_withdrawn_takes_nothing_of_a_servers_limit()
    {
        using var queue = new AdmissionQueue(Places(0), _time);
        queue.TryEnter(default, out var told);
        told.Learned(new RateLimitReading(10, 7, TimeSpan.FromSeconds(60)), null);
        Assert.True(queue.TryEnter(default, out var lease));
        Assert.True(queue.EstimatedWait() > TimeSpan.Zero);

        lease.Withdraw();

        Assert.Equal(TimeSpan.Zero, queue.EstimatedWait());
    }

    [Fact]
    public void A_paused_call_waits_and_does_not_run()
    {
        using var queue = new AdmissionQueue(Places(2), _time);
        queue.TryEnter(default, out var lease);

        lease.Pause();
        lease.Pause();

        Assert.Equal((0, 1), (queue.GetStatus().Running, queue.GetStatus().Depth));
        lease.GoOn();
        lease.GoOn();
        Assert.Equal((1, 0), (queue.GetStatus().Running, queue.GetStatus().Depth));
    }

    [Fact]
    public void The_time_of_a_pause_is_waiting_and_no_run_time()
    {
        using var queue = new AdmissionQueue(Places(2), _time);
        queue.TryEnter(default, out var lease);
        lease.Pause();
        _time.Advance(TimeSpan.FromSeconds(20));
        lease.GoOn();
        _time.Advance(TimeSpan.FromSeconds(2));

        lease.Succeeded();

        var status = queue.GetStatus();
        Assert.Equal(TimeSpan.FromSeconds(2), status.AverageRunTime);
        Assert.InRange(status.AverageWait, TimeSpan.FromSeconds(19), TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_place_that_is_given_back_in_a_pause_is_a_whole_place(bool isWithdrawn)
    {
        using var queue = new AdmissionQueue(Places(1), _time);
        queue.TryEnter(default, out var lease);
        lease.Pause();

        if (isWithdrawn)
            lease.Withdraw();
        else
            lease.Dispose();

        lease.GoOn();
        Assert.Equal((0, 0), (queue.GetStatus().Running, queue.GetStatus().Depth));
        Assert.True(queue.TryEnter(default, out _));
        Assert.Equal(1, queue.GetStatus().Running);
    }

    [Fact]
    public void An_adaptive_limit_does_not_take_a_pause_for_slowness()
    {
        using var queue = new AdmissionQueue(
            Places(20) with { Adaptive = new AdaptiveConcurrencyOptions { MaxLimit = 100 } }, _time);
        for (var round = 0; round < 40; round++)
        {
            var leases = new List<AdmissionLease>();
            while (queue.TryEnter(default, out var lease))
                leases.Add(lease);
            if (round >= 20)
            {
                leases.ForEach(lease => lease.Pause());
                _time.Advance(TimeSpan.FromSeconds(30));
                leases.ForEach(lease => lease.GoOn());
            }

            _time.Advance(TimeSpan.FromSeconds(1));
            leases.ForEach(lease => lease.Succeeded());
        }

        Assert.True(queue.MaxConcurrency >= 20, $"{queue.MaxConcurrency}");
    }

    [Fact]
    public void The_estimate_for_a_place_counts_the_pauses_in_it()
    {
        using var queue = new AdmissionQueue(Places(1), _time);
        queue.TryEnter(default, out var first);
        first.Pause();
        _time.Advance(TimeSpan.FromSeconds(9));
        first.GoOn();
        _time.Advance(TimeSpan.FromSeconds(1));
        first.Succeeded();
        queue.TryEnter(default, out _);

        Assert.Equal(10, queue.EstimatedWait().TotalSeconds, 1);
    }

    [Fact]
    public void A_queue_goes_on_from_what_another_one_has_learned()
    {
        using var queue = new AdmissionQueue(Places(0), _time);
        _time.Advance(TimeSpan.FromSeconds(7));
        queue.TryEnter(default, out var lease);
        queue.TryEnter(default, out var last);
        lease.Learned(Empty, null);
        _time.Advance(TimeSpan.FromSeconds(5));
        using var other = new AdmissionQueue(Places(0), _time);

        Assert.True(other.LearnFrom(last, null, null));

        Assert.Equal(TimeSpan.FromSeconds(15), other.EstimatedWait());
    }

    [Fact]
    public void Two_queues_learn_apart_from_then_on()
    {
        using var queue = new AdmissionQueue(Places(0), _time);
        queue.TryEnter(default, out var lease);
        lease.Learned(new RateLimitReading(10, 9, TimeSpan.FromSeconds(20)), null);
        using var other = new AdmissionQueue(Places(0), _time);

        Assert.True(other.LearnFrom(lease, Empty, null));

        Assert.False(other.TryEnter(default, out _));
        Assert.True(queue.TryEnter(default, out _));
    }

    [Fact]
    public void Nothing_is_learned_from_a_call_that_has_ended_or_is_ones_own()
    {
        using var queue = new AdmissionQueue(Places(0), _time);
        queue.TryEnter(default, out var lease);
        using var other = new AdmissionQueue(Places(0), _time);

        Assert.False(queue.LearnFrom(lease, Empty, null));
        lease.Succeeded();
        Assert.False(other.LearnFrom(lease, Empty, null));
        Assert.False(other.LearnFrom(default, Empty, null));

        Assert.True(other.TryEnter(default, out _));
    }
}

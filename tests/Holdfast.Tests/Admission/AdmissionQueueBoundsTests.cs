using Holdfast.Admission;

namespace Holdfast.Tests.Admission;

/// <summary>Who is let in, waits or is refused just at the bounds, and what a queue leaves behind.</summary>
public sealed class AdmissionQueueBoundsTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly AdmissionRequest High = new() { Priority = AdmissionPriority.High };
    private static readonly AdmissionRequest Low = new() { Priority = AdmissionPriority.Low };

    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void A_queue_needs_a_clock() =>
        Assert.Throws<ArgumentNullException>("time", () => new AdmissionQueue(new AdmissionOptions(), null!));

    [Fact]
    public async Task A_token_struck_before_is_the_reason_also_where_nobody_may_wait()
    {
        using var queue = Queue(places: 1, waiting: 0);
        queue.TryEnter(default, out _);

        var result = await Soon.OfAsync(queue.EnterAsync(default, new CancellationToken(canceled: true)));

        Assert.Equal(AdmissionRefusal.Cancelled, result.Refusal);
    }

    [Fact]
    public void A_free_place_is_no_way_past_a_restriction_or_the_end()
    {
        using var queue = Queue(places: 2);
        queue.Restriction = new AdmissionRestriction { LeastUrgent = AdmissionPriority.Normal };
        Assert.False(queue.TryEnter(Low, out _));
        Assert.True(queue.TryEnter(default, out _));

        queue.Dispose();

        Assert.False(queue.TryEnter(default, out _));
    }

    [Fact]
    public void The_least_urgent_that_is_let_in_may_wait_too()
    {
        using var queue = Queue(places: 1);
        queue.Restriction = new AdmissionRestriction { LeastUrgent = AdmissionPriority.High };
        queue.TryEnter(High, out _);

        Assert.False(queue.EnterAsync(High).IsCompleted);
    }

    [Theory]
    [InlineData(20, AdmissionRefusal.None)]
    [InlineData(19.9, AdmissionRefusal.WouldBeLate)]
    public void A_wait_that_just_makes_it_is_not_late(double timeout, AdmissionRefusal refusal)
    {
        using var queue = Queue(places: 0);
        queue.TryEnter(default, out var told);
        told.Learned(new RateLimitReading(100, 0, 20 * Second), null);

        queue.Options = queue.Options with { Timeout = timeout * Second };

        Assert.Equal(refusal, queue.Look().Refusal);
    }

    [Fact]
    public void A_place_that_is_given_back_into_the_reserve_lets_in_none_of_the_less_urgent()
    {
        using var queue = Queue(places: 2);
        queue.Restriction = new AdmissionRestriction { Reserved = 0.5 };
        queue.TryEnter(default, out var first);
        queue.TryEnter(default, out var second);
        var low = queue.EnterAsync(Low);

        first.Succeeded();
        Assert.False(low.IsCompleted);

        second.Succeeded();
        Assert.True(low.IsCompletedSuccessfully);
    }

    [Fact]
    public void A_wait_that_was_given_up_is_no_turn_of_its_key()
    {
        using var queue = Queue(places: 1);
        queue.TryEnter(default, out var running);
        using var leaving = new CancellationTokenSource();
        for (var i = 0; i < 5; i++)
            _ = queue.EnterAsync(new AdmissionRequest { Key = "a" }, leaving.Token);
        _ = queue.EnterAsync(new AdmissionRequest { Key = "b" });
        var secondOfB = queue.EnterAsync(new AdmissionRequest { Key = "b" });
        leaving.Cancel();
        var ofA = queue.EnterAsync(new AdmissionRequest { Key = "a" });

        running.Succeeded();
        queue.Options = queue.Options with { MaxConcurrency = 2 };

        // The first of each key.
        Assert.True(ofA.IsCompletedSuccessfully);
        Assert.False(secondOfB.IsCompleted);
    }

    [Fact]
    public async Task A_wait_that_lasted_too_long_says_how_long_it_was()
    {
        using var queue = Queue(places: 1);
        _time.Advance(7 * Second);
        queue.TryEnter(default, out _);
        var waiting = queue.EnterAsync(default);

        _time.Advance(31 * Second);

        var result = await Soon.OfAsync(waiting);
        Assert.Equal(AdmissionRefusal.TimedOut, result.Refusal);
        Assert.InRange(result.Waited, 30 * Second, 30.01 * Second);
    }

    [Fact]
    public void The_timer_of_a_wait_comes_no_sooner_than_its_end_and_goes_with_the_queue()
    {
        using var queue = Queue(places: 1);
        queue.TryEnter(default, out _);
        _ = queue.EnterAsync(default);

        Assert.Equal(30 * Second, _time.NextDue);

        queue.Dispose();
        Assert.Equal(0, _time.Armed);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_timer_keeps_no_ambient_values_of_who_makes_the_queue(bool isSuppressedBefore)
    {
        var time = new FlowWatch();
        if (isSuppressedBefore)
        {
            using (ExecutionContext.SuppressFlow())
                new AdmissionQueue(new AdmissionOptions(), time).Dispose();
        }
        else
        {
            new AdmissionQueue(new AdmissionOptions(), time).Dispose();
        }

        Assert.True(time.WasSuppressed);
        Assert.False(ExecutionContext.IsFlowSuppressed());
    }

    [Fact]
    public void A_pause_counts_from_when_it_began()
    {
        using var queue = Queue(places: 1);
        _time.Advance(50 * Second);
        queue.TryEnter(default, out var lease);
        lease.Pause();
        _time.Advance(2 * Second);
        lease.GoOn();
        _time.Advance(3 * Second);

        lease.Succeeded();

        Assert.Equal(3 * Second, queue.GetStatus().AverageRunTime);
    }

    [Fact]
    public void What_another_queue_has_learned_lets_in_who_waits_here()
    {
        using var queue = Queue(places: 0);
        queue.TryEnter(default, out var told);
        told.Learned(new RateLimitReading(10, 0, 20 * Second), null);
        var waiting = queue.EnterAsync(default);
        using var other = Queue(places: 0);
        other.TryEnter(default, out var call);

        Assert.True(queue.LearnFrom(call, new RateLimitReading(10, 9, 20 * Second), null));

        Assert.True(waiting.IsCompletedSuccessfully);
    }

    [Fact]
    public void An_answer_that_a_later_queue_learns_leaves_out_the_calls_that_it_overtook()
    {
        using var queue = Queue(places: 0);
        _time.Advance(50 * Second);
        queue.TryEnter(default, out _);
        queue.TryEnter(default, out var answered);
        using var later = Queue(places: 0);

        later.LearnFrom(answered, new RateLimitReading(100, 25, 60 * Second), null);

        // Of 25 one is on its way and one is left to others.
        Assert.Equal(60 / 23d, later.EstimatedWait().TotalSeconds, 3);
    }

    private AdmissionQueue Queue(int places, int waiting = 100) => new(
        new AdmissionOptions { MaxConcurrency = places, ThrottleRate = 0, MaxQueueSize = waiting }, _time);

    /// <summary>Notes whether a timer was made without the ambient values of its maker.</summary>
    private sealed class FlowWatch : TimeProvider
    {
        public bool WasSuppressed { get; private set; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            WasSuppressed = ExecutionContext.IsFlowSuppressed();
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }
}

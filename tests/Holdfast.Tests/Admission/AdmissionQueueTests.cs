using Holdfast.Admission;
using Holdfast.Timeouts;

namespace Holdfast.Tests.Admission;

public sealed class AdmissionQueueTests
{
    private readonly ManualTimeProvider _time = new();

    private static AdmissionOptions Places(int places) => new() { MaxConcurrency = places, ThrottleRate = 0 };

    [Fact]
    public void By_default_ten_run_at_once_a_hundred_wait_up_to_thirty_seconds_and_fifty_begin_a_second()
    {
        var options = new AdmissionOptions();

        Assert.Equal((10, 100, TimeSpan.FromSeconds(30), 50d),
            (options.MaxConcurrency, options.MaxQueueSize, options.Timeout, options.ThrottleRate));
    }

    [Fact]
    public void Lets_in_as_many_as_there_are_places()
    {
        using var queue = new AdmissionQueue(Places(2), _time);

        Assert.True(queue.TryEnter(default, out _));
        Assert.True(queue.TryEnter(default, out _));
        Assert.False(queue.TryEnter(default, out _));
        Assert.Equal(2, queue.GetStatus().Running);
    }

    [Fact]
    public async Task Lets_in_the_one_that_waits_when_a_place_is_given_back()
    {
        using var queue = new AdmissionQueue(Places(1), _time);
        queue.TryEnter(default, out var running);
        var waiting = queue.EnterAsync(default);
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(3));

        running.Succeeded();

        var result = await Soon.OfAsync(waiting);
        Assert.True(result.IsAdmitted);
        Assert.Equal(TimeSpan.FromSeconds(3), result.Waited);
    }

    [Fact]
    public void Gives_a_place_back_once_however_often_it_is_said()
    {
        using var queue = new AdmissionQueue(Places(1), _time);
        queue.TryEnter(default, out var first);
        first.Succeeded();
        queue.TryEnter(default, out var second);

        first.Failed();
        first.Dispose();

        Assert.Equal(1, queue.GetStatus().Running);
        Assert.Equal(1, queue.GetStatus().SuccessRate);
        second.Dispose();
        Assert.Equal(0, queue.GetStatus().Running);
    }

    [Fact]
    public void A_lease_that_nobody_took_is_harmless()
    {
        default(AdmissionLease).Succeeded();
        default(AdmissionLease).Learned(new RateLimitReading(1, 1, TimeSpan.Zero), null);
        default(AdmissionLease).Dispose();
    }

    [Fact]
    public void Goes_by_priority_then_by_arrival()
    {
        using var queue = new AdmissionQueue(Places(1), _time);
        queue.TryEnter(default, out var running);
        var order = new List<string>();
        Track(queue, AdmissionPriority.Low, "low", order);
        Track(queue, AdmissionPriority.Normal, "first normal", order);
        Track(queue, AdmissionPriority.Normal, "second normal", order);
        Track(queue, AdmissionPriority.High, "high", order);

        running.Dispose();

        Soon.Until(() => order.Count == 4);
        Assert.Equal(["high", "first normal", "second normal", "low"], order);
    }

    [Fact]
    public void Does_not_let_a_newcomer_pass_one_who_waits()
    {
        using var queue = new AdmissionQueue(
            new AdmissionOptions { MaxConcurrency = 2, ThrottleRate = 1 }, _time);
        queue.TryEnter(default, out _);
        _ = queue.EnterAsync(default);

        Assert.False(queue.TryEnter(default, out _));
        Assert.Equal(1, queue.GetStatus().Depth);
    }

    [Fact]
    public async Task Answers_at_once_when_the_queue_is_full_and_says_how_long_it_is()
    {
        using var queue = new AdmissionQueue(Places(1) with { MaxQueueSize = 2 }, _time);
        RunFor(queue, TimeSpan.FromSeconds(4));
        queue.TryEnter(default, out _);
        _ = queue.EnterAsync(default);
        _ = queue.EnterAsync(default);

        var result = await Soon.OfAsync(queue.EnterAsync(default));

        Assert.Equal(AdmissionRefusal.QueueFull, result.Refusal);
        Assert.Equal(TimeSpan.FromSeconds(12), result.RetryAfter);
    }

    [Fact]
    public async Task Nobody_waits_where_there_is_no_queue()
    {
        using var queue = new AdmissionQueue(Places(1) with { MaxQueueSize = 0 }, _time);
        queue.TryEnter(default, out _);

        var highest = new AdmissionRequest { Priority = AdmissionPriority.Highest };
        var result = await Soon.OfAsync(queue.EnterAsync(highest));

        Assert.Equal(AdmissionRefusal.QueueFull, result.Refusal);
    }

    [Fact]
    public async Task A_more_urgent_call_takes_the_place_of_the_least_urgent_in_a_full_queue()
    {
        using var queue = new AdmissionQueue(Places(1) with { MaxQueueSize = 3 }, _time);
        queue.TryEnter(default, out _);
        var earlier = queue.EnterAsync(new AdmissionRequest { Priority = AdmissionPriority.Low });
        var later = queue.EnterAsync(new AdmissionRequest { Priority = AdmissionPriority.Low });
        var normal = queue.EnterAsync(default);

        var high = queue.EnterAsync(new AdmissionRequest { Priority = AdmissionPriority.High });

        Assert.Equal(AdmissionRefusal.Shed, (await Soon.OfAsync(later)).Refusal);
        Assert.False(earlier.IsCompleted || normal.IsCompleted || high.IsCompleted);
        Assert.Equal(3, queue.GetStatus().Depth);
    }

    [Fact]
    public async Task Ends_a_wait_that_has_lasted_as_long_as_it_may()
    {
        using var queue = new AdmissionQueue(Places(1) with { Timeout = TimeSpan.FromSeconds(5) }, _time);
        queue.TryEnter(default, out var running);
        var waiting = queue.EnterAsync(default);
        _time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(waiting.IsCompleted);

        _time.Advance(TimeSpan.FromSeconds(0.1));

        Assert.Equal(AdmissionRefusal.TimedOut, (await Soon.OfAsync(waiting)).Refusal);
        Assert.Equal(0, queue.GetStatus().Depth);
        running.Dispose();
        Assert.Equal(0, queue.GetStatus().Running);
    }

    [Fact]
    public async Task Ends_a_wait_with_the_deadline_of_the_call()
    {
        using var queue = new AdmissionQueue(Places(1), _time);
        queue.TryEnter(default, out _);
        var late = queue.EnterAsync(default);
        var early = queue.EnterAsync(
            new AdmissionRequest { Deadline = Deadline.After(TimeSpan.FromSeconds(1), _time) });

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(AdmissionRefusal.TimedOut, (await Soon.OfAsync(early)).Refusal);
        Assert.False(late.IsCompleted);
    }

    [Fact]
    public async Task Refuses_at_once_what_could_not_make_its_deadline()
    {
        using var queue = new AdmissionQueue(Places(1), _time);
        RunFor(queue, TimeSpan.FromSeconds(4));
        queue.TryEnter(default, out _);
        var request = new AdmissionRequest { Deadline = Deadline.After(TimeSpan.FromSeconds(3), _time) };

        var result = await Soon.OfAsync(queue.EnterAsync(request));

        Assert.Equal(AdmissionRefusal.WouldBeLate, result.Refusal);
        Assert.Equal(TimeSpan.FromSeconds(4), result.RetryAfter);
    }

    [Fact]
    public async Task A_deadline_that_has_passed_does_not_wait()
    {
        using var queue = new AdmissionQueue(Places(1), _time);
        queue.TryEnter(default, out _);
        var request = new AdmissionRequest { Deadline = Deadline.After(TimeSpan.Zero, _time) };

        Assert.Equal(AdmissionRefusal.WouldBeLate, (await Soon.OfAsync(queue.EnterAsync(request))).Refusal);
    }

    [Fact]
    public async Task A_struck_token_ends_the_wait_and_frees_its_place_in_line()
    {
        using var queue = new AdmissionQueue(Places(1), _time);
        queue.TryEnter(default, out var running);
        using var leaving = new CancellationTokenSource();
        var gone = queue.EnterAsync(default, leaving.Token);
        var staying = queue.EnterAsync(default);

        leaving.Cancel();

        Assert.Equal(AdmissionRefusal.Cancelled, (await Soon.OfAsync(gone)).Refusal);
        Assert.Equal(1, queue.GetStatus().Depth);
        running.Dispose();
        Assert.True((await Soon.OfAsync(staying)).IsAdmitted);
    }

    [Fact]
    public async Task A_token_struck_before_takes_no_place()
    {
        using var queue = new AdmissionQueue(Places(1), _time);

        var result = await Soon.OfAsync(queue.EnterAsync(default, new CancellationToken(canceled: true)));

        Assert.Equal(AdmissionRefusal.Cancelled, result.Refusal);
        Assert.Equal(0, queue.GetStatus().Running);
    }

    [Fact]
    public void Begins_no_more_in_any_second_than_the_throttle_lets()
    {
        using var queue = new AdmissionQueue(
            new AdmissionOptions { MaxConcurrency = 0, ThrottleRate = 4, MaxQueueSize = 1000 }, _time);
        var begun = new List<long>();
        for (var i = 0; i < 20; i++)
            TrackTime(queue, begun);

        for (var i = 0; i < 60; i++)
            _time.Advance(TimeSpan.FromMilliseconds(100));

        Soon.Until(() => begun.Count == 20);
        begun.Sort();
        for (var i = 4; i < begun.Count; i++)
            Assert.True(begun[i] - begun[i - 4] >= TimeSpan.TicksPerSecond, $"{i}");
    }

    [Fact]
    public void A_rate_below_one_a_second_is_kept()
    {
        using var queue = new AdmissionQueue(new AdmissionOptions { MaxConcurrency = 0, ThrottleRate = 0.5 }, _time);
        Assert.True(queue.TryEnter(default, out _));
        _time.Advance(TimeSpan.FromSeconds(1.9));
        Assert.False(queue.TryEnter(default, out _));

        _time.Advance(TimeSpan.FromSeconds(0.1));

        Assert.True(queue.TryEnter(default, out _));
    }

    [Fact]
    public void Estimates_the_wait_from_what_calls_took()
    {
        using var queue = new AdmissionQueue(Places(2), _time);
        RunFor(queue, TimeSpan.FromSeconds(6));
        Assert.Equal(TimeSpan.Zero, queue.EstimatedWait());
        queue.TryEnter(default, out _);
        queue.TryEnter(default, out _);
        _ = queue.EnterAsync(default);

        Assert.Equal(TimeSpan.FromSeconds(6), queue.EstimatedWait());
        Assert.Equal(
            TimeSpan.FromSeconds(3), queue.EstimatedWait(new AdmissionRequest { Priority = AdmissionPriority.High }));
    }

    [Fact]
    public void Tells_depth_rate_waits_and_success_rate()
    {
        using var queue = new AdmissionQueue(Places(1), _time);
        for (var i = 0; i < 60; i++)
        {
            queue.TryEnter(default, out var running);
            var waiting = i == 59 ? queue.EnterAsync(default) : default;
            _time.Advance(TimeSpan.FromSeconds(1));
            if (i % 4 == 0)
                running.Failed();
            else
                running.Succeeded();
        }

        var status = queue.GetStatus();

        Assert.Equal(61, status.Admitted);
        Assert.Equal(0, status.Depth);
        Assert.Equal(1, status.Running);
        Assert.Equal(1, status.Saturation);
        Assert.InRange(status.ProcessingRate, 0.8, 1.2);
        Assert.InRange(status.SuccessRate, 0.7, 0.8);
        Assert.Equal(TimeSpan.FromSeconds(1), status.AverageRunTime);
        Assert.InRange(status.AverageWait, TimeSpan.FromTicks(1), TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task Closes_to_the_less_urgent_and_sheds_those_that_wait()
    {
        using var queue = new AdmissionQueue(Places(1), _time);
        queue.TryEnter(default, out _);
        var low = queue.EnterAsync(new AdmissionRequest { Priority = AdmissionPriority.Low });
        var normal = queue.EnterAsync(default);
        var high = queue.EnterAsync(new AdmissionRequest { Priority = AdmissionPriority.High });

        queue.Restriction = new AdmissionRestriction { LeastUrgent = AdmissionPriority.High };

        Assert.Equal(AdmissionRefusal.Shed, (await Soon.OfAsync(low)).Refusal);
        Assert.Equal(AdmissionRefusal.Shed, (await Soon.OfAsync(normal)).Refusal);
        Assert.False(high.IsCompleted);
        Assert.Equal(AdmissionRefusal.Shed, (await Soon.OfAsync(queue.EnterAsync(default))).Refusal);
    }

    [Fact]
    public async Task The_less_urgent_leave_the_reserved_places_free()
    {
        using var queue = new AdmissionQueue(Places(4), _time);
        var low = new AdmissionRequest { Priority = AdmissionPriority.Low };
        queue.Restriction = new AdmissionRestriction { Reserved = 0.5 };
        Assert.True(queue.TryEnter(low, out _));
        Assert.True(queue.TryEnter(low, out _));
        Assert.False(queue.TryEnter(low, out _));
        var waiting = queue.EnterAsync(low);

        Assert.True(queue.TryEnter(default, out _));
        queue.Restriction = default;

        Assert.True((await Soon.OfAsync(waiting)).IsAdmitted);
    }

    [Theory]
    [InlineData(1, 0.2)]
    [InlineData(4, 1)]
    public void One_place_is_for_the_less_urgent_too_however_much_is_reserved(int places, double reserved)
    {
        using var queue = new AdmissionQueue(Places(places), _time);
        queue.Restriction = new AdmissionRestriction { Reserved = reserved };
        var low = new AdmissionRequest { Priority = AdmissionPriority.Low };

        Assert.True(queue.TryEnter(low, out _));
        Assert.False(queue.TryEnter(low, out _));
    }

    [Fact]
    public async Task Sheds_all_who_wait_at_its_end()
    {
        var queue = new AdmissionQueue(Places(1), _time);
        queue.TryEnter(default, out var running);
        var waiting = queue.EnterAsync(default);

        queue.Dispose();
        queue.Dispose();

        Assert.Equal(AdmissionRefusal.Shed, (await Soon.OfAsync(waiting)).Refusal);
        Assert.Equal(AdmissionRefusal.Shed, (await Soon.OfAsync(queue.EnterAsync(default))).Refusal);
        running.Dispose();
        Assert.Equal(0, queue.GetStatus().Running);
    }

    [Fact]
    public async Task A_head_that_leaves_lets_in_who_waited_behind_it_alone()
    {
        using var queue = new AdmissionQueue(Places(10) with { Timeout = TimeSpan.FromMinutes(10) }, _time);
        queue.TryEnter(new AdmissionRequest { Tokens = 1 }, out var told);
        told.Learned(null, new RateLimitReading(1000, 10, TimeSpan.FromMinutes(5)));
        using var leaving = new CancellationTokenSource();
        var head = queue.EnterAsync(new AdmissionRequest { Tokens = 500 }, leaving.Token);
        var behind = queue.EnterAsync(default);
        Assert.False(behind.IsCompleted);

        await leaving.CancelAsync();

        Assert.Equal(AdmissionRefusal.Cancelled, (await Soon.OfAsync(head)).Refusal);
        Assert.True((await Soon.OfAsync(behind)).IsAdmitted);
    }

    [Fact]
    public async Task A_clock_that_goes_back_makes_no_wait_shorter_than_none()
    {
        using var queue = new AdmissionQueue(Places(1), _time);
        _time.Advance(TimeSpan.FromMinutes(5));
        queue.TryEnter(default, out var running);
        var waiting = queue.EnterAsync(default);

        _time.GoBack(TimeSpan.FromMinutes(4));
        running.Succeeded();

        Assert.Equal(TimeSpan.Zero, (await Soon.OfAsync(waiting)).Waited);
        Assert.Equal(TimeSpan.Zero, queue.GetStatus().AverageWait);
    }

    [Fact]
    public void Names_everything_that_is_wrong_with_its_options()
    {
        var options = new AdmissionOptions
        {
            MaxConcurrency = -1,
            MaxQueueSize = -1,
            ThrottleRate = double.NaN,
            Timeout = TimeSpan.Zero,
            Adaptive = new AdaptiveConcurrencyOptions { MinLimit = 5, MaxLimit = 4, Tolerance = 0.5, Backoff = 1 },
        };

        var thrown = Assert.Throws<ArgumentException>(() => new AdmissionQueue(options, _time));

        foreach (var name in (string[])["maxConcurrency: -1", "maxQueueSize: -1", "throttleRate: NaN", "timeout:",
            "adaptive.maxLimit: 4: minLimit (5)", "adaptive.tolerance: 0.5", "adaptive.backoff: 1"])
            Assert.Contains(name, thrown.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "maxConcurrency: 0: with adaptive, where it begins: 3 to 40")]
    [InlineData(2, "maxConcurrency: 2: with adaptive, where it begins: 3 to 40")]
    [InlineData(3, null)]
    [InlineData(40, null)]
    [InlineData(41, "maxConcurrency: 41: with adaptive, where it begins: 3 to 40")]
    public void An_adaptive_limit_must_begin_within_its_bounds(int begins, string? problem)
    {
        var options = Places(begins) with { Adaptive = new AdaptiveConcurrencyOptions { MinLimit = 3, MaxLimit = 40 } };

        Assert.Equal(problem is null ? [] : [problem], options.Problems());
    }

    [Fact]
    public void A_priority_out_of_range_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new AdmissionRequest { Priority = 10 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new AdmissionRequest { Priority = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new AdmissionRequest { Tokens = -1 });
        Assert.Equal(AdmissionPriority.Normal, default(AdmissionRequest).Priority);
    }

    private void RunFor(AdmissionQueue queue, TimeSpan time)
    {
        queue.TryEnter(default, out var lease);
        _time.Advance(time);
        lease.Succeeded();
    }

    private static void Track(AdmissionQueue queue, int priority, string name, List<string> order)
    {
        var entering = queue.EnterAsync(new AdmissionRequest { Priority = priority });
        _ = NoteAsync();

        async Task NoteAsync()
        {
            var result = await entering;
            lock (order)
                order.Add(name);
            result.Lease.Dispose();
        }
    }

    private static void TrackTime(AdmissionQueue queue, List<long> begun)
    {
        var entering = queue.EnterAsync(default);
        _ = NoteAsync();

        async Task NoteAsync()
        {
            var result = await entering;
            Assert.True(result.IsAdmitted);
            lock (begun)
                begun.Add(result.Waited.Ticks);
        }
    }
}

using Holdfast.Admission;

namespace Holdfast.Tests.Admission;

/// <summary>The room that a line keeps for the more urgent.</summary>
public sealed class LineReserveTests : IDisposable
{
    private static readonly AdmissionRequest High = new() { Priority = AdmissionPriority.High };
    private static readonly AdmissionRequest Normal = default;
    private static readonly AdmissionRequest Low = new() { Priority = AdmissionPriority.Low };

    private readonly ManualTimeProvider _time = new();
    private readonly AdmissionQueue _queue;
    private AdmissionLease _running;

    public LineReserveTests()
    {
        _queue = new AdmissionQueue(
            new AdmissionOptions { MaxConcurrency = 1, ThrottleRate = 0, MaxQueueSize = 4 }, _time);
        Assert.True(_queue.TryEnter(default, out _running));
    }

    public void Dispose() => _queue.Dispose();

    [Fact]
    public async Task A_line_keeps_room_for_as_many_urgent_calls_as_lately_stood_in_it_so_that_none_gives_way()
    {
        await TwoUrgentOnesPassAsync(leaveWaiting: Normal);

        Assert.True(Waits(Normal));
        Assert.Equal(AdmissionRefusal.QueueFull, _queue.Look(Normal).Refusal);
        Assert.Equal(AdmissionRefusal.QueueFull, (await Soon.OfAsync(_queue.EnterAsync(Normal))).Refusal);
        Assert.Equal(2, _queue.GetStatus().Depth);

        // And no more than that.
        Assert.True(Waits(High) && Waits(High));
        Assert.Equal(4, _queue.GetStatus().Depth);
    }

    [Fact]
    public async Task Room_is_not_kept_from_those_as_urgent()
    {
        await TwoUrgentOnesPassAsync(leaveWaiting: Normal);

        Assert.True(Waits(High) && Waits(High) && Waits(High));
        Assert.Equal(4, _queue.GetStatus().Depth);
    }

    [Fact]
    public async Task A_call_finds_the_room_that_is_kept_for_the_more_urgent_where_a_less_urgent_one_waits()
    {
        var low = _queue.EnterAsync(Low);
        await TwoUrgentOnesPassAsync(leaveWaiting: null);
        Assert.True(Waits(Normal));

        Assert.True(Waits(Normal));

        Assert.Equal(AdmissionRefusal.Shed, (await Soon.OfAsync(low)).Refusal);
        Assert.Equal(2, _queue.GetStatus().Depth);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public async Task Room_is_kept_for_as_long_as_the_peak_is_one_or_two_seconds_old(int seconds, bool isFree)
    {
        await TwoUrgentOnesPassAsync(leaveWaiting: Normal);
        Assert.True(Waits(Normal));

        _time.Advance(TimeSpan.FromSeconds(seconds));

        Assert.Equal(isFree, Waits(Normal));
    }

    [Fact]
    public async Task Room_is_kept_for_those_who_waited_all_the_time()
    {
        var (first, second) = (_queue.EnterAsync(High), _queue.EnterAsync(High));
        Assert.True(Waits(Normal));
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.True(Waits(Normal));

        await LetInAsync(first);
        await LetInAsync(second);

        Assert.False(Waits(Normal));
    }

    [Fact]
    public async Task No_room_is_kept_once_nobody_has_waited()
    {
        await TwoUrgentOnesPassAsync(leaveWaiting: null);
        Assert.Equal(0, _queue.GetStatus().Depth);

        Assert.True(Waits(Normal) && Waits(Normal) && Waits(Normal) && Waits(Normal));
    }

    [Fact]
    public void A_crowd_counts_for_the_second_in_which_it_stood()
    {
        var reserve = new LineReserve();
        reserve.Add(AdmissionPriority.High, 0);
        reserve.Remove(AdmissionPriority.High);
        reserve.Add(AdmissionPriority.High, 5 * TimeSpan.TicksPerSecond);
        reserve.Remove(AdmissionPriority.High);

        Assert.Equal(1, reserve.For(AdmissionPriority.Normal, 6 * TimeSpan.TicksPerSecond));
        Assert.Equal(0, reserve.For(AdmissionPriority.Normal, 7 * TimeSpan.TicksPerSecond));
    }

    [Fact]
    public void A_crowd_of_the_second_before_is_over_too_once_nobody_waits()
    {
        var reserve = new LineReserve();
        reserve.Add(AdmissionPriority.High, 0);
        reserve.Remove(AdmissionPriority.High);
        Assert.Equal(1, reserve.For(AdmissionPriority.Normal, TimeSpan.TicksPerSecond));

        reserve.Clear();

        Assert.Equal(0, reserve.For(AdmissionPriority.Normal, TimeSpan.TicksPerSecond));
    }

    private async Task TwoUrgentOnesPassAsync(AdmissionRequest? leaveWaiting)
    {
        var (first, second) = (_queue.EnterAsync(High), _queue.EnterAsync(High));
        if (leaveWaiting is { } request)
            Assert.True(Waits(request));
        await LetInAsync(first);
        await LetInAsync(second);
    }

    private async Task LetInAsync(ValueTask<AdmissionResult> next)
    {
        _running.Succeeded();
        _running = (await Soon.OfAsync(next)).Lease;
    }

    private bool Waits(AdmissionRequest request) => !_queue.EnterAsync(request).IsCompleted;
}

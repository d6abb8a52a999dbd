using Holdfast.Timeouts;

namespace Holdfast.Tests.Timeouts;

/// <summary>Each limit of an attempt alone, by its name. Connecting is bounded by whoever connects.</summary>
public class EachLimitTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeoutOptions Off = new()
    {
        Connect = TimeSpan.Zero, FirstToken = TimeSpan.Zero, Idle = TimeSpan.Zero, Attempt = TimeSpan.Zero,
    };

    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void The_first_token_limit_strikes_a_stream_that_does_not_begin() =>
        Strikes(TimeoutKind.FirstToken, Off with { FirstToken = 10 * Second }, hasBegun: false);

    [Fact]
    public void The_idle_limit_strikes_a_stream_that_falls_silent() =>
        Strikes(TimeoutKind.Idle, Off with { Idle = 10 * Second }, hasBegun: true);

    [Fact]
    public void The_throughput_limit_strikes_a_stream_that_drips() =>
        Strikes(TimeoutKind.Throughput, Off with { MinThroughput = 5 }, hasBegun: true);

    [Fact]
    public void The_attempt_limit_strikes_a_call_that_takes_too_long() =>
        Strikes(TimeoutKind.Attempt, Off with { Attempt = 10 * Second }, hasBegun: false);

    [Fact]
    public void The_call_limit_strikes_over_all_attempts() =>
        Strikes(TimeoutKind.Call, Off, hasBegun: false, call: 10 * Second);

    [Fact]
    public void Silence_counts_from_the_first_token()
    {
        using var clock = Streaming(Off with { Idle = 10 * Second });

        _time.Advance(8 * Second);
        clock.FirstToken();
        _time.Advance(9 * Second);
        Assert.Equal(TimeoutKind.None, clock.Struck);
        _time.Advance(Second);

        Assert.Equal(TimeoutKind.Idle, clock.Struck);
    }

    [Fact]
    public void Silence_counts_from_the_last_token()
    {
        using var clock = Streaming(Off with { Idle = 10 * Second });
        clock.FirstToken();

        _time.Advance(4 * Second);
        clock.TokenArrived(5);
        _time.Advance(9 * Second);
        Assert.Equal(TimeoutKind.None, clock.Struck);
        _time.Advance(Second);

        Assert.Equal(TimeoutKind.Idle, clock.Struck);
    }

    [Fact]
    public void A_resume_without_a_pause_forgives_nothing()
    {
        using var clock = Streaming(Off with { Idle = 10 * Second });
        clock.FirstToken();

        _time.Advance(5 * Second);
        clock.Resume();
        _time.Advance(5 * Second);

        Assert.Equal(TimeoutKind.Idle, clock.Struck);
    }

    [Fact]
    public void A_token_that_comes_while_paused_came_when_the_pause_began()
    {
        using var clock = Streaming(Off with { Idle = 10 * Second });
        clock.FirstToken();
        _time.Advance(2 * Second);

        clock.Pause();
        _time.Advance(50 * Second);
        clock.TokenArrived(5);
        clock.Resume();
        _time.Advance(10 * Second - TimeSpan.FromMilliseconds(1));
        Assert.Equal(TimeoutKind.None, clock.Struck);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(TimeoutKind.Idle, clock.Struck);
    }

    [Fact]
    public void Looking_at_the_throughput_makes_silence_strike_no_later()
    {
        using var clock = Streaming(Off with { Idle = 0.3 * Second, MinThroughput = 1 });
        clock.FirstToken();

        _time.Advance(0.3 * Second);

        Assert.Equal(TimeoutKind.Idle, clock.Struck);
    }

    [Fact]
    public void A_limit_strikes_in_its_time_though_the_call_has_little_left()
    {
        using var clock = new AttemptClock(_time, Off with { Attempt = 10 * Second }, streaming: false,
            Deadline.After(12 * Second, _time), CancellationToken.None);

        _time.Advance(10 * Second);

        Assert.Equal(TimeoutKind.Attempt, clock.Struck);
    }

    private AttemptClock Streaming(TimeoutOptions limits) =>
        new(_time, limits, streaming: true, Deadline.None, CancellationToken.None);

    private void Strikes(TimeoutKind kind, TimeoutOptions limits, bool hasBegun, TimeSpan? call = null)
    {
        var deadline = Deadline.After(call ?? TimeSpan.MaxValue, _time);
        using var clock = new AttemptClock(_time, limits, streaming: true, deadline, CancellationToken.None);
        if (hasBegun)
            clock.FirstToken();

        _time.Advance(10 * Second - TimeSpan.FromMilliseconds(1));
        Assert.Equal(TimeoutKind.None, clock.Struck);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(kind, clock.Struck);
        Assert.True(clock.Token.IsCancellationRequested);
    }
}

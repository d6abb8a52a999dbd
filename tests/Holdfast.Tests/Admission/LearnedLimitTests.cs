using Holdfast.Admission;

namespace Holdfast.Tests.Admission;

/// <summary>Servers with a limit of their own, and a queue that is asked for far more than they give.</summary>
public sealed class LearnedLimitTests
{
    private readonly ManualTimeProvider _time = new();

    [Theory]
    [InlineData(60)]
    [InlineData(600)]
    public void A_server_that_fills_up_all_the_time_never_says_no_and_is_used_to_the_full(int perMinute)
    {
        var server = new FillingServer(_time, perMinute);

        var served = Drive(server, TimeSpan.FromMinutes(10), perSecond: perMinute / 20d);

        Assert.Equal(0, server.Refusals);
        Assert.InRange(served, 10 * perMinute * 0.9, 11 * perMinute);
    }

    [Theory]
    [InlineData(60)]
    [InlineData(600)]
    public void A_server_that_fills_up_all_at_once_never_says_no_and_is_used_to_the_full(int perMinute)
    {
        var server = new WindowServer(_time, perMinute);

        var served = Drive(server, TimeSpan.FromMinutes(10), perSecond: perMinute / 20d);

        Assert.Equal(0, server.Refusals);
        Assert.InRange(served, 10 * perMinute * 0.9, 11 * perMinute);
    }

    [Fact]
    public void Does_not_slow_what_stays_well_below_the_limit()
    {
        using var queue = Queue();
        var server = new WindowServer(_time, 100);

        for (var i = 0; i < 40; i++)
        {
            Assert.True(queue.TryEnter(default, out var lease), $"call {i}");
            lease.Learned(server.Ask(), null);
            lease.Succeeded();
        }
    }

    [Fact]
    public void What_a_server_says_to_a_call_that_overtook_others_leaves_those_out()
    {
        using var queue = Queue();
        var leases = new AdmissionLease[8];
        for (var i = 0; i < leases.Length; i++)
        {
            Assert.True(queue.TryEnter(default, out leases[i]));
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        // The last one got there first: the server had counted nobody else. Half of 20 is free to be used, 8 are taken.
        leases[7].Learned(Left(19), null);
        Assert.Equal(1, Enter(queue));
    }

    [Fact]
    public void Answers_that_come_late_put_right_what_was_left()
    {
        using var queue = Queue();
        var leases = new AdmissionLease[8];
        for (var i = 0; i < leases.Length; i++)
            queue.TryEnter(default, out leases[i]);
        leases[7].Learned(Left(19), null);
        for (var i = 0; i < 7; i++)
        {
            leases[i].Learned(Left(18 - i), null);
            leases[i].Succeeded();
        }

        Assert.Equal(1, Enter(queue));
    }

    [Fact]
    public void A_call_that_began_long_before_has_been_counted_though_it_has_no_answer()
    {
        using var queue = Queue();
        for (var i = 0; i < 8; i++)
            Assert.True(queue.TryEnter(default, out _));
        _time.Advance(TimeSpan.FromSeconds(2));
        queue.TryEnter(default, out var last);

        last.Learned(Left(16), null);

        Assert.Equal(5, Enter(queue));
    }

    private static RateLimitReading Left(long remaining) => new(20, remaining, TimeSpan.FromSeconds(30));

    /// <summary>How many are let in at once, without a pause between them.</summary>
    private static int Enter(AdmissionQueue queue)
    {
        var entered = 0;
        while (entered < 30 && queue.TryEnter(default, out _))
            entered++;
        return entered;
    }

    [Fact]
    public async Task Waits_for_the_reset_when_nothing_is_left()
    {
        using var queue = Queue();
        queue.TryEnter(default, out var first);
        first.Learned(new RateLimitReading(10, 0, TimeSpan.FromSeconds(20)), null);
        first.Succeeded();

        var waiting = queue.EnterAsync(default);

        Assert.False(waiting.IsCompleted);
        Assert.Equal(TimeSpan.FromSeconds(20), queue.EstimatedWait());
        _time.Advance(TimeSpan.FromSeconds(19.9));
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.True((await Soon.OfAsync(waiting)).IsAdmitted);
    }

    [Fact]
    public async Task What_is_left_holds_for_dear_calls_too_where_the_server_does_not_say_of_how_much()
    {
        using var queue = Queue();
        var dear = new AdmissionRequest { Tokens = 500 };
        queue.TryEnter(dear, out var first);
        first.Learned(null, new RateLimitReading(null, 0, TimeSpan.FromSeconds(20)));

        var waiting = queue.EnterAsync(dear);
        var behind = queue.EnterAsync(dear);

        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(20.1));
        // How much there is now only the server knows: one call asks it, the others wait for what it says.
        var second = await Soon.OfAsync(waiting);
        Assert.True(second.IsAdmitted);
        Assert.False(behind.IsCompleted);
        second.Lease.Learned(null, new RateLimitReading(null, 9500, TimeSpan.FromSeconds(60)));
        Assert.True((await Soon.OfAsync(behind)).IsAdmitted);
    }

    [Theory]
    [InlineData(null, 0)]
    [InlineData(1L, 0)]
    [InlineData(1L, 1)]
    public async Task A_limit_of_a_single_call_lets_one_in_each_period(long? limit, long left)
    {
        using var queue = Queue();
        queue.TryEnter(default, out var first);
        first.Learned(new RateLimitReading(limit, left, TimeSpan.FromSeconds(20)), null);
        var second = queue.EnterAsync(default);
        var third = queue.EnterAsync(default);

        Assert.False(second.IsCompleted);
        Until(() => second.IsCompleted, TimeSpan.FromMinutes(3));
        Assert.False(third.IsCompleted);
        Until(() => third.IsCompleted, TimeSpan.FromMinutes(3));

        Assert.True((await Soon.OfAsync(second)).IsAdmitted && (await Soon.OfAsync(third)).IsAdmitted);
    }

    [Fact]
    public void Counts_the_calls_on_their_way_that_the_server_has_not_counted()
    {
        using var queue = Queue();
        queue.TryEnter(default, out var told);
        for (var i = 0; i < 9; i++)
            queue.TryEnter(default, out _);

        told.Learned(new RateLimitReading(20, 9, TimeSpan.FromSeconds(60)), null);

        Assert.Equal(TimeSpan.FromSeconds(60), queue.EstimatedWait());
    }

    [Fact]
    public void An_answer_to_an_earlier_call_does_not_undo_what_a_later_one_told()
    {
        using var queue = Queue();
        queue.TryEnter(default, out var earlier);
        queue.TryEnter(default, out var later);
        later.Learned(new RateLimitReading(10, 0, TimeSpan.FromSeconds(60)), null);

        earlier.Learned(new RateLimitReading(10, 9, TimeSpan.FromSeconds(6)), null);

        Assert.Equal(TimeSpan.FromSeconds(60), queue.EstimatedWait());
    }

    [Fact]
    public void Tokens_are_a_limit_of_their_own()
    {
        using var queue = Queue();
        var big = new AdmissionRequest { Tokens = 900 };
        queue.TryEnter(big, out var first);
        first.Learned(new RateLimitReading(100, 99, TimeSpan.FromSeconds(1)),
            new RateLimitReading(1000, 100, TimeSpan.FromSeconds(54)));

        Assert.False(queue.TryEnter(big, out _));
        Assert.True(queue.TryEnter(default, out _));
    }

    [Fact]
    public void A_call_that_is_bigger_than_the_limit_is_left_to_the_server()
    {
        using var queue = Queue();
        queue.TryEnter(default, out var first);
        first.Learned(null, new RateLimitReading(1000, 0, TimeSpan.FromSeconds(54)));

        Assert.True(queue.TryEnter(new AdmissionRequest { Tokens = 2000 }, out _));
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 0)]
    [InlineData(true, 70)]
    [InlineData(true, 130)]
    public void A_call_that_is_bigger_than_the_limit_and_comes_to_nothing_keeps_nobody_away(bool failed, int seconds)
    {
        using var queue = Queue();
        queue.TryEnter(new AdmissionRequest { Tokens = 10 }, out var first);
        first.Learned(null, new RateLimitReading(1000, 990, TimeSpan.FromSeconds(60)));
        first.Succeeded();
        queue.TryEnter(new AdmissionRequest { Tokens = 5000 }, out var huge);
        Assert.NotEqual(TimeSpan.Zero, queue.EstimatedWait(new AdmissionRequest { Tokens = 10 }));
        _time.Advance(TimeSpan.FromSeconds(seconds));

        if (failed)
            huge.Failed();
        else
            huge.Refused();

        Assert.True(queue.TryEnter(new AdmissionRequest { Tokens = 10 }, out _));
    }

    [Fact]
    public void What_a_call_takes_that_was_called_off_on_its_way_stays_taken_until_the_server_speaks()
    {
        using var queue = Queue();
        var call = new AdmissionRequest { Tokens = 100 };
        queue.TryEnter(call, out var first);
        first.Learned(null, new RateLimitReading(1000, 900, TimeSpan.FromSeconds(60)));
        first.Succeeded();
        var sent = 0;

        for (var i = 0; i < 590; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            if (!queue.TryEnter(call, out var lease))
                continue;
            sent++;
            lease.Dispose();
        }

        // Each may take up to 1.5 times as much.
        Assert.InRange(sent, 5, 6);
    }

    [Fact]
    public void A_call_that_the_server_refuses_says_nothing_about_how_it_does()
    {
        using var queue = Queue();
        queue.TryEnter(default, out var refused);

        refused.Refused();

        Assert.Equal((0, 1d), (queue.GetStatus().Running, queue.GetStatus().SuccessRate));
    }

    [Fact]
    public void What_came_to_nothing_stays_given_back_when_an_earlier_call_has_its_answer()
    {
        using var queue = Queue();
        queue.TryEnter(new AdmissionRequest { Tokens = 10 }, out var first);
        queue.TryEnter(new AdmissionRequest { Tokens = 5000 }, out var huge);
        huge.Failed();

        first.Learned(null, new RateLimitReading(1000, 990, TimeSpan.FromSeconds(60)));

        Assert.True(queue.TryEnter(new AdmissionRequest { Tokens = 10 }, out _));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_is_not_given_back_stays_taken(bool isTold)
    {
        using var queue = Queue();
        queue.TryEnter(new AdmissionRequest { Tokens = 10 }, out var first);
        first.Learned(null, new RateLimitReading(1000, 990, TimeSpan.FromSeconds(60)));
        queue.TryEnter(new AdmissionRequest { Tokens = 5000 }, out var huge);

        // A failure that was counted, as the answer says, and a refusal because there were too many.
        if (isTold)
            huge.Learned(null, new RateLimitReading(1000, 0, TimeSpan.FromSeconds(60)));
        if (isTold)
            huge.Failed();
        else
            huge.Overloaded();

        Assert.False(queue.TryEnter(new AdmissionRequest { Tokens = 10 }, out _));
    }

    [Fact]
    public void Calls_that_cost_more_than_can_be_counted_do_not_lift_the_limit()
    {
        using var queue = Queue();
        queue.TryEnter(new AdmissionRequest { Tokens = 10 }, out var first);
        first.Learned(null, new RateLimitReading(1000, 990, TimeSpan.FromSeconds(60)));

        for (var i = 0; i < 2; i++)
            Assert.True(queue.TryEnter(new AdmissionRequest { Tokens = long.MaxValue }, out _));

        Assert.False(queue.TryEnter(new AdmissionRequest { Tokens = 10 }, out _));
    }

    [Fact]
    public void Calls_that_cost_more_than_can_be_counted_before_a_limit_is_known_do_not_lift_it()
    {
        using var queue = Queue();
        queue.TryEnter(new AdmissionRequest { Tokens = 10 }, out var first);
        for (var i = 0; i < 40; i++)
            Assert.True(queue.TryEnter(new AdmissionRequest { Tokens = long.MaxValue }, out _));

        first.Learned(null, new RateLimitReading(1000, 0, TimeSpan.FromSeconds(60)));
        _time.Advance(TimeSpan.FromSeconds(50));

        Assert.False(queue.TryEnter(new AdmissionRequest { Tokens = 10 }, out _));
    }

    [Theory]
    [InlineData(-5, 10, 7)]
    [InlineData(0, 10, 7)]
    public void Nothing_less_than_nothing_is_left(long remaining, long limit, int seconds)
    {
        using var queue = Queue();
        queue.TryEnter(default, out var first);

        first.Learned(new RateLimitReading(limit, remaining, TimeSpan.FromSeconds(seconds)), null);

        Assert.Equal(TimeSpan.FromSeconds(seconds), queue.EstimatedWait());
    }

    [Fact]
    public void A_reset_that_never_comes_is_cut_to_a_day()
    {
        using var queue = Queue();
        queue.TryEnter(default, out var first);

        first.Learned(new RateLimitReading(long.MaxValue, 0, TimeSpan.MaxValue), null);

        Assert.Equal(TimeSpan.FromDays(1), queue.EstimatedWait());
    }

    private void Until(Func<bool> isSo, TimeSpan atMost)
    {
        for (var waited = TimeSpan.Zero; !isSo() && waited < atMost; waited += TimeSpan.FromSeconds(1))
            _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(isSo(), "it never came");
    }

    private AdmissionQueue Queue() => new(
        new AdmissionOptions { MaxConcurrency = 0, ThrottleRate = 0, Timeout = TimeSpan.FromHours(1) }, _time);

    private int Drive(IServer server, TimeSpan time, double perSecond)
    {
        using var queue = Queue();
        var served = 0;
        var step = TimeSpan.FromMilliseconds(50);
        var owed = 0d;
        for (var spent = TimeSpan.Zero; spent < time; spent += step)
        {
            _time.Advance(step);
            owed = Math.Min(owed + (perSecond * step.TotalSeconds * 2), 20);
            while (owed >= 1 && queue.TryEnter(default, out var lease))
            {
                owed--;
                served++;
                lease.Learned(server.Ask(), null);
                lease.Succeeded();
            }
        }

        return served;
    }

    private interface IServer
    {
        RateLimitReading Ask();
    }

    /// <summary>A bucket that drips: the reset is when it will be full, as OpenAI and Anthropic say it.</summary>
    private sealed class FillingServer(ManualTimeProvider time, int perMinute) : IServer
    {
        private double _left = perMinute;
        private long _at = time.GetTimestamp();

        public int Refusals { get; private set; }

        public RateLimitReading Ask()
        {
            var now = time.GetTimestamp();
            var perTick = perMinute / (double)TimeSpan.TicksPerMinute;
            _left = Math.Min(perMinute, _left + ((now - _at) * perTick));
            _at = now;
            if (_left < 1)
                Refusals++;
            else
                _left--;
            return new RateLimitReading(
                perMinute, (long)_left, new TimeSpan((long)((perMinute - _left) / perTick)));
        }
    }

    /// <summary>A new count every minute.</summary>
    private sealed class WindowServer(ManualTimeProvider time, int perMinute) : IServer
    {
        private long _window;
        private int _count;

        public int Refusals { get; private set; }

        public RateLimitReading Ask()
        {
            var now = time.GetTimestamp();
            if (now / TimeSpan.TicksPerMinute != _window)
            {
                _window = now / TimeSpan.TicksPerMinute;
                _count = 0;
            }

            if (_count == perMinute)
                Refusals++;
            else
                _count++;
            return new RateLimitReading(perMinute, perMinute - _count,
                new TimeSpan(TimeSpan.TicksPerMinute - (now % TimeSpan.TicksPerMinute)));
        }
    }
}

using Holdfast.Admission;

namespace Holdfast.Tests.Admission;

/// <summary>
/// Servers with a limit of their own whose answers take their time, and a line of callers that never gets empty: the
/// limit must hold between the answers too.
/// </summary>
public sealed class LearnedLimitLineTests
{
    private readonly ManualTimeProvider _time = new();

    public static TheoryData<int, int, Told> Cases()
    {
        var cases = new TheoryData<int, int, Told> { { 60, 0, Told.AtItsEnd }, { 600, 0, Told.AtItsEnd } };
        foreach (var told in Enum.GetValues<Told>())
        {
            cases.Add(60, 10, told);
            cases.Add(60, 45, told);
            cases.Add(60, 90, told);
            cases.Add(600, 20, told);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_line_that_waits_for_a_new_count_is_not_let_in_whole(int perMinute, int seconds, Told told) =>
        Assert.Equal(0, await DriveAsync(new Server(_time, perMinute, drips: false), perMinute, seconds, told));

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_line_before_a_bucket_that_drips_gets_what_drips(int perMinute, int seconds, Told told) =>
        Assert.Equal(0, await DriveAsync(new Server(_time, perMinute, drips: true), perMinute, seconds, told));

    [Fact]
    public void The_estimate_counts_the_periods_that_a_line_will_take()
    {
        using var queue = Queue();
        queue.TryEnter(default, out var told);
        told.Learned(new RateLimitReading(10, 0, TimeSpan.FromSeconds(60)), null);
        for (var i = 0; i < 25; i++)
            _ = queue.EnterAsync(default);

        Assert.InRange(queue.EstimatedWait(), TimeSpan.FromMinutes(3), TimeSpan.FromMinutes(4));
    }

    [Theory]
    [InlineData(3000)]
    [InlineData(0)]
    public void The_estimate_counts_the_tokens_of_those_ahead(long ownTokens)
    {
        using var queue = Queue();
        queue.TryEnter(new AdmissionRequest { Tokens = 10 }, out var told);
        told.Learned(null, new RateLimitReading(60_000, 0, TimeSpan.FromSeconds(60)));
        for (var i = 0; i < 50; i++)
            _ = queue.EnterAsync(new AdmissionRequest { Tokens = 3000 });

        // Of 150,000 tokens one period serves 60,000, and the last one half of that at once.
        Assert.InRange(queue.EstimatedWait(new AdmissionRequest { Tokens = ownTokens }),
            TimeSpan.FromMinutes(2.9), TimeSpan.FromMinutes(3.1));
    }

    [Fact]
    public async Task What_cannot_make_it_for_the_tokens_of_those_ahead_is_refused_before_it_waits()
    {
        using var queue = Queue();
        queue.Options = queue.Options with { Timeout = TimeSpan.FromMinutes(2) };
        queue.TryEnter(new AdmissionRequest { Tokens = 10 }, out var told);
        told.Learned(null, new RateLimitReading(60_000, 0, TimeSpan.FromSeconds(60)));
        var waiting = 0;
        var last = AdmissionRefusal.None;
        for (var i = 0; i < 200 && last == AdmissionRefusal.None; i++)
        {
            var entering = queue.EnterAsync(new AdmissionRequest { Tokens = 3000 });
            if (entering.IsCompleted)
                last = (await entering).Refusal;
            else
                waiting++;
        }

        Assert.Equal(AdmissionRefusal.WouldBeLate, last);
        Assert.InRange(waiting, 20, 40);
    }

    [Fact]
    public void A_call_that_is_bigger_than_the_limit_counts_as_the_limit_in_the_estimate()
    {
        using var queue = Queue();
        queue.TryEnter(new AdmissionRequest { Tokens = 10 }, out var told);
        told.Learned(new RateLimitReading(10, 0, TimeSpan.FromSeconds(60)),
            new RateLimitReading(60_000, 60_000, TimeSpan.FromSeconds(60)));
        _ = queue.EnterAsync(new AdmissionRequest { Tokens = long.MaxValue });
        _ = queue.EnterAsync(new AdmissionRequest { Tokens = long.MaxValue });

        Assert.InRange(queue.EstimatedWait(new AdmissionRequest { Tokens = 10 }),
            TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(3));
    }

    /// <summary>Ten minutes of twice as many callers as the server takes. Returns what it refused.</summary>
    private async Task<int> DriveAsync(Server server, int perMinute, int answerSeconds, Told told)
    {
        using var queue = Queue();
        var line = new Queue<ValueTask<AdmissionResult>>();
        var underWay = new Queue<(long Due, AdmissionLease Lease, RateLimitReading Told)>();
        var step = TimeSpan.FromMilliseconds(100);
        var (owed, served) = (0d, 0);
        // The server is known before the line comes: nobody can keep a limit that was never said.
        queue.TryEnter(default, out var first);
        first.Learned(server.Ask(), null);
        first.Succeeded();
        for (var spent = TimeSpan.Zero; spent < TimeSpan.FromMinutes(10); spent += step)
        {
            _time.Advance(step);
            for (owed += perMinute / 30d * step.TotalSeconds; owed >= 1; owed--)
                line.Enqueue(queue.EnterAsync(default));
            while (line.TryPeek(out var next) && next.IsCompleted)
            {
                var result = await line.Dequeue();
                if (!result.IsAdmitted)
                    continue;
                served++;
                var due = _time.GetTimestamp() + TimeSpan.FromSeconds(answerSeconds).Ticks;
                underWay.Enqueue((due, result.Lease, server.Ask()));
            }

            while (underWay.TryPeek(out var call) && call.Due <= _time.GetTimestamp())
            {
                var late = TimeSpan.FromSeconds(answerSeconds);
                call.Lease.Learned(told switch
                {
                    Told.AtItsEnd => server.Read(),
                    Told.AtItsBeginning => call.Told,
                    _ => call.Told with { Reset = call.Told.Reset > late ? call.Told.Reset - late : TimeSpan.Zero },
                }, null);
                call.Lease.Succeeded();
                underWay.Dequeue();
            }
        }

        // A server all of whose answers are about a minute that is over tells nothing: it is used with care.
        var least = (answerSeconds, told) is (90, Told.AtItsBeginningWithAMoment) ? 0.05
            : answerSeconds > 30 ? 0.3 : 0.7;
        Assert.InRange(served, perMinute * 10 * least, perMinute * 11.5);
        return server.Refusals;
    }

    private AdmissionQueue Queue() => new(
        new AdmissionOptions
        {
            MaxConcurrency = 0, ThrottleRate = 0, MaxQueueSize = 100_000, Timeout = TimeSpan.FromHours(1),
        },
        _time);

    /// <summary>What the head of an answer that takes its time says.</summary>
    public enum Told
    {
        /// <summary>What is left when the answer is there.</summary>
        AtItsEnd,

        /// <summary>What was left when the call came, and how long from then to the reset.</summary>
        AtItsBeginning,

        /// <summary>What was left when the call came, and the moment of the reset.</summary>
        AtItsBeginningWithAMoment,
    }

    private sealed class Server(ManualTimeProvider time, int perMinute, bool drips)
    {
        private readonly double _perTick = perMinute / (double)TimeSpan.TicksPerMinute;
        private double _left = perMinute;
        private long _at = time.GetTimestamp();

        public int Refusals { get; private set; }

        public RateLimitReading Ask()
        {
            Read();
            if (_left < 1)
                Refusals++;
            else
                _left--;
            return Read();
        }

        public RateLimitReading Read()
        {
            var now = time.GetTimestamp();
            if (drips)
                _left = Math.Min(perMinute, _left + ((now - _at) * _perTick));
            else if (now / TimeSpan.TicksPerMinute != _at / TimeSpan.TicksPerMinute)
                _left = perMinute;
            _at = now;
            return new RateLimitReading(perMinute, (long)_left, drips
                ? new TimeSpan((long)((perMinute - _left) / _perTick))
                : new TimeSpan(TimeSpan.TicksPerMinute - (now % TimeSpan.TicksPerMinute)));
        }
    }
}

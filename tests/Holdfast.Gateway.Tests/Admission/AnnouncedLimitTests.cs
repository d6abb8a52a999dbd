using Holdfast.Admission;
using Holdfast.Failover;
using Holdfast.Gateway.Admission;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Xunit.Abstractions;

namespace Holdfast.Gateway.Tests.Admission;

/// <summary>
/// Ten minutes of twice the calls that a provider takes, in virtual time: a provider that announces its limits is never
/// driven into a 429, and is used all the same.
/// </summary>
public sealed class AnnouncedLimitTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    private readonly ManualTimeProvider _time = new();

    public static TheoryData<Announcement, bool, int, int> Cases()
    {
        var cases = new TheoryData<Announcement, bool, int, int>();
        foreach (var form in Enum.GetValues<Announcement>())
        {
            foreach (var drips in new[] { true, false })
            {
                cases.Add(form, drips, 1, 3);
                cases.Add(form, drips, 3, 3);
                cases.Add(form, drips, 1, 20);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_provider_that_announces_its_calls_is_never_driven_into_a_429(
        Announcement form, bool drips, int keys, int answerSeconds)
    {
        var provider = new AnnouncingProvider(_time, form, drips, 120, 100_000_000);

        await DriveAsync(provider, keys, answerSeconds, callsPerSecond: keys * 4, CallLimits.None);

        Assert.Equal(0, provider.Refusals);
        // Without a reset nobody knows when a new count begins; half of it is used at once, the rest with care.
        var least = form == Announcement.WithoutReset ? 0.4 : 0.7;
        Assert.InRange(provider.Served, keys * 1200 * least, keys * 1320 * 1.05);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_provider_that_announces_its_tokens_is_never_driven_into_a_429(
        Announcement form, bool drips, int keys, int answerSeconds)
    {
        // 500 tokens a call in the mean: 120 calls a minute and key.
        var provider = new AnnouncingProvider(_time, form, drips, 1_000_000, 60_000);

        await DriveAsync(provider, keys, answerSeconds, callsPerSecond: keys * 4, CallLimits.None);

        Assert.Equal(0, provider.Refusals);
        // Small calls find room where large ones don't, so there may be more of them than in the mean.
        Assert.InRange(provider.Served, keys * 1200 * (form == Announcement.WithoutReset ? 0.3 : 0.5), keys * 1800);
    }

    [Fact]
    public async Task A_limit_of_calls_at_once_beside_it_changes_nothing_about_that()
    {
        var provider = new AnnouncingProvider(_time, Announcement.GoDurations, drips: false, 120, 100_000_000);

        await DriveAsync(provider, keys: 1, answerSeconds: 3, callsPerSecond: 4,
            CallLimits.None with { MaxConcurrency = 4, MaxQueueSize = 20 });

        Assert.Equal(0, provider.Refusals);
        // Four at once, three seconds each: 800 in ten minutes.
        Assert.InRange(provider.Served, 600, 820);
    }

    [Fact]
    public void A_provider_that_says_nothing_is_not_slowed()
    {
        var admission = new TargetAdmission(_time);
        var ring = Ring(1);
        for (var i = 0; i < 10 * TargetAdmission.MostWordless; i++)
        {
            Assert.True(admission.TryEnter(default, ring, 0, out var entry));
            admission.Heard(entry, RateLimits.None, Outcome.Ok);
        }

        Assert.Equal((false, false), (admission.IsInUse, admission.IsActive));
        Assert.Null(admission.GetStatus());
    }

    [Fact]
    public void A_provider_that_begins_to_speak_is_listened_to()
    {
        var admission = new TargetAdmission(_time);
        var ring = Ring(1);
        for (var i = 0; i < 2 * TargetAdmission.MostWordless; i++)
        {
            admission.TryEnter(default, ring, 0, out var entry);
            admission.Heard(entry, RateLimits.None, Outcome.Ok);
        }

        var told = new RateLimits(new RateLimitReading(10, 0, TimeSpan.FromSeconds(30)), null);
        admission.Heard(TargetEntry.Of(ring, 0), told, Outcome.Ok);
        Assert.True(admission.IsInUse);
        Assert.True(admission.TryEnter(default, ring, 0, out var next));
        admission.Heard(next, told, Outcome.Ok);

        Assert.True(admission.IsActive);
        Assert.False(admission.TryEnter(default, ring, 0, out _));
    }

    [Fact]
    public void A_key_that_has_to_wait_gives_way_to_one_that_does_not()
    {
        var (admission, ring, keys) = TwoKeys();
        Tell(admission, ring, 0, secondsToReset: 30);
        Assert.True(admission.Look(default, ring).IsOpen);

        Assert.True(admission.TryEnter(default, ring, 0, out var entry));

        Assert.Same(keys[1], entry.Key);
    }

    [Fact]
    public async Task Where_all_keys_have_to_wait_the_one_that_is_ready_first_is_waited_for()
    {
        var (admission, ring, keys) = TwoKeys();
        Tell(admission, ring, 0, secondsToReset: 20);
        Tell(admission, ring, 1, secondsToReset: 10);
        Assert.Equal(TimeSpan.FromSeconds(10), admission.Look(default, ring).EstimatedWait);

        Assert.False(admission.TryEnter(default, ring, 0, out var entry));
        var waiting = admission.WaitAsync(default, entry, default).AsTask();

        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1.5));
        var entered = await waiting.SoonAsync();
        Assert.Equal((keys[1], AdmissionRefusal.None), (entered.Key, entered.Refusal));
    }

    [Fact]
    public void A_key_about_which_nothing_is_known_sends_one_call_ahead()
    {
        var (admission, ring, keys) = TwoKeys();
        Tell(admission, ring, 0, secondsToReset: 30);

        Assert.True(admission.TryEnter(default, ring, 0, out var ahead));
        Assert.False(admission.TryEnter(default, ring, 0, out var behind));
        Assert.Equal((keys[1], keys[0]), (ahead.Key, behind.Key));

        admission.Heard(ahead, new RateLimits(new RateLimitReading(10, 9, TimeSpan.FromSeconds(60)), null), Outcome.Ok);
        Assert.True(admission.TryEnter(default, ring, 0, out _));
        Assert.True(admission.TryEnter(default, ring, 0, out var next));
        Assert.Same(keys[1], next.Key);
    }

    [Fact]
    public void A_good_key_that_has_to_wait_comes_before_a_marked_one()
    {
        var (admission, ring, keys) = TwoKeys();
        keys[1].Mark();
        Tell(admission, ring, 0, secondsToReset: 20);

        Assert.False(admission.TryEnter(default, ring, 0, out var entry));

        Assert.Same(keys[0], entry.Key);
    }

    [Fact]
    public void A_call_that_could_not_make_it_is_passed_on_at_once()
    {
        var (admission, ring, _) = TwoKeys();
        Tell(admission, ring, 0, secondsToReset: 40);
        Tell(admission, ring, 1, secondsToReset: 50);

        var outlook = admission.Look(default, ring);

        Assert.Equal(AdmissionRefusal.WouldBeLate, outlook.Refusal);
        Assert.Equal(TimeSpan.FromSeconds(40), outlook.EstimatedWait);
    }

    private (TargetAdmission, KeyRing, ApiKey[]) TwoKeys()
    {
        var keys = new[] { new ApiKey("one", _time), new ApiKey("two", _time) };
        return (new TargetAdmission(_time), new KeyRing(keys), keys);
    }

    /// <summary>The provider says that nothing is left for the key at this position.</summary>
    private static void Tell(TargetAdmission admission, KeyRing ring, int position, int secondsToReset)
    {
        Assert.True(admission.TryEnter(default, ring, ~(1UL << position), out var entry));
        admission.Heard(entry, new RateLimits(
            new RateLimitReading(10, 0, TimeSpan.FromSeconds(secondsToReset)), null), Outcome.Ok);
    }

    private KeyRing Ring(int keys) =>
        new([.. Enumerable.Range(0, keys).Select(number => new ApiKey($"key-{number}", _time))]);

    private async Task DriveAsync(AnnouncingProvider provider, int keys, int answerSeconds, int callsPerSecond,
        AdmissionOptions options)
    {
        const int seed = 11;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var admission = new TargetAdmission(_time);
        admission.Configure(options);
        var ring = Ring(keys);
        var asking = new List<(Task<TargetEntry> Entry, int Tokens)>();
        var underWay = new List<(DateTimeOffset Due, TargetEntry Entry, RateLimits Told)>();
        var end = _time.GetUtcNow() + TimeSpan.FromMinutes(10);
        // The limits are known when the crowd comes: nobody keeps what was never said.
        for (var key = 0; key < keys; key++)
        {
            Assert.True(admission.TryEnter(default, ring, ~(1UL << key), out var first));
            admission.Heard(first, provider.Ask(first.Key!.Value, 100), Outcome.Ok);
            first.Place.Settle(Outcome.Ok);
        }

        for (var owed = 0d; _time.GetUtcNow() < end; owed += callsPerSecond * Step.TotalSeconds)
        {
            _time.Advance(Step);
            for (; owed >= 1; owed--)
            {
                var tokens = random.Next(100, 900);
                var request = new AdmissionRequest { Tokens = (int)(tokens * (0.6 + random.NextDouble())) };
                if (admission.Look(request, ring).Refusal == AdmissionRefusal.None)
                {
                    asking.Add((admission.TryEnter(request, ring, 0, out var entry)
                        ? Task.FromResult(entry)
                        : admission.WaitAsync(request, entry, default).AsTask(), tokens));
                }
            }

            await SettledAsync(admission, asking);
            foreach (var (entering, tokens) in asking.Where(call => call.Entry.IsCompleted).ToList())
            {
                var entry = await entering;
                if (entry.Refusal == AdmissionRefusal.None)
                {
                    var late = TimeSpan.FromSeconds(answerSeconds * (0.5 + random.NextDouble()));
                    underWay.Add((_time.GetUtcNow() + late, entry, provider.Ask(entry.Key!.Value, tokens)));
                }
            }

            asking.RemoveAll(call => call.Entry.IsCompleted);
            foreach (var call in underWay.Where(call => call.Due <= _time.GetUtcNow()).ToList())
            {
                admission.Heard(call.Entry, call.Told, Outcome.Ok);
                call.Entry.Place.Settle(Outcome.Ok);
                underWay.Remove(call);
            }
        }
    }

    /// <summary>Ends when whoever was let in or turned away has noticed: the rest stands in line.</summary>
    private static async Task SettledAsync(
        TargetAdmission admission, List<(Task<TargetEntry> Entry, int Tokens)> asking)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10), TimeProvider.System);
        while (asking.Count(call => !call.Entry.IsCompleted) != (admission.GetStatus()?.Depth ?? 0))
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}

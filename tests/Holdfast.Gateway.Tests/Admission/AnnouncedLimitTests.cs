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
    public void A_provider_that_announces_its_calls_is_never_driven_into_a_429(
        Announcement form, bool drips, int keys, int answerSeconds)
    {
        var provider = new AnnouncingProvider(_time, form, drips, 120, 100_000_000);

        Drive(provider, keys, answerSeconds, callsPerSecond: keys * 4, CallLimits.None);

        Assert.Equal(0, provider.Refusals);
        // Without a reset nobody knows when a new count begins; half of it is used at once, the rest with care.
        var least = form == Announcement.WithoutReset ? 0.4 : 0.7;
        Assert.InRange(provider.Served, keys * 1200 * least, keys * 1320 * 1.05);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_provider_that_announces_its_tokens_is_never_driven_into_a_429(
        Announcement form, bool drips, int keys, int answerSeconds)
    {
        // 500 tokens a call in the mean: 120 calls a minute and key.
        var provider = new AnnouncingProvider(_time, form, drips, 1_000_000, 60_000);

        Drive(provider, keys, answerSeconds, callsPerSecond: keys * 4, CallLimits.None);

        Assert.Equal(0, provider.Refusals);
        // Small calls find room where large ones don't, so there may be more of them than in the mean.
        Assert.InRange(provider.Served, keys * 1200 * (form == Announcement.WithoutReset ? 0.3 : 0.5), keys * 1800);
    }

    // Many callers set the same large number whatever they ask, and to some providers it means nothing.
    [Theory]
    [InlineData(29_000, true, 0.8)]
    [InlineData(29_000, false, 0.6)]
    [InlineData(40_000, true, 0.8)]
    [InlineData(40_000, false, 0.6)]
    public void Calls_that_let_their_answers_take_more_than_there_is_drive_no_provider_into_a_429(
        int mostOutput, bool drips, double least)
    {
        var provider = new AnnouncingProvider(_time, Announcement.GoDurations, drips, 1_000_000, 30_000);
        var admission = new TargetAdmission(_time, new SharedLimits(_time), "one");
        var load = new AnnouncedLoad(_time, provider, seed: 1)
        {
            Models = [(admission, 0.5)],
            Ring = new KeyRing([new ApiKey("key", _time)]),
            AnswerSeconds = 5,
            ReachSeconds = 0.2,
            Tokens = (1000, 3000),
            MostOutput = mostOutput,
        }.Known();

        load.Run(TimeSpan.FromMinutes(12));

        Assert.Equal(0, provider.Refusals);
        // 2,000 tokens a call in the mean: 15 calls a minute.
        Assert.InRange(provider.Served, 180 * least, 220);

        admission.Forget();
        Assert.Equal(100 + mostOutput, admission.Estimates.Of(100, mostOutput), 100d);
    }

    [Fact]
    public void A_limit_of_calls_at_once_beside_it_changes_nothing_about_that()
    {
        var provider = new AnnouncingProvider(_time, Announcement.GoDurations, drips: false, 120, 100_000_000);

        Drive(provider, keys: 1, answerSeconds: 3, callsPerSecond: 4,
            CallLimits.None with { MaxConcurrency = 4, MaxQueueSize = 20 });

        Assert.Equal(0, provider.Refusals);
        // Four at once, three seconds each: 800 in ten minutes.
        Assert.InRange(provider.Served, 600, 820);
    }

    public static TheoryData<bool, int, bool> Places()
    {
        var cases = new TheoryData<bool, int, bool>();
        foreach (var places in new[] { 0, 2, 3, 4, 8, 1000 })
        {
            foreach (var drips in new[] { true, false })
            {
                cases.Add(drips, places, false);
                cases.Add(drips, places, true);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Priorities_and_waits_for_places_send_no_call_at_another_moment_than_its_pace(
        bool drips, int places, bool isMixed)
    {
        var provider = new AnnouncingProvider(_time, Announcement.GoDurations, drips, 120, 100_000_000);

        Drive(provider, keys: 1, answerSeconds: 1, callsPerSecond: 6,
            CallLimits.None with { MaxConcurrency = places, MaxQueueSize = 200, Timeout = TimeSpan.FromSeconds(60) },
            isMixed);

        Assert.Equal(0, provider.Refusals);
        Assert.InRange(provider.Served, 1320 * 0.7, 1320 * 1.05);
    }

    [Fact]
    public void A_provider_that_says_nothing_is_not_slowed()
    {
        var admission = Admission();
        var ring = Ring(1);
        for (var i = 0; i < 10 * TargetAdmission.MostWordless; i++)
        {
            Assert.True(admission.TryEnter(default, ring, out var entry));
            admission.Heard(entry, RateLimits.None, Outcome.Ok);
        }

        Assert.Equal((false, false), (admission.IsInUse, admission.IsActive));
        Assert.Null(admission.GetStatus());
    }

    [Fact]
    public void A_provider_that_begins_to_speak_is_listened_to()
    {
        var admission = Admission();
        var ring = Ring(1);
        for (var i = 0; i < 2 * TargetAdmission.MostWordless; i++)
        {
            admission.TryEnter(default, ring, out var entry);
            admission.Heard(entry, RateLimits.None, Outcome.Ok);
        }

        var told = new RateLimits(new RateLimitReading(10, 0, TimeSpan.FromSeconds(30)), null);
        admission.Heard(TargetEntry.Of(ring, 0), told, Outcome.Ok);
        Assert.True(admission.IsInUse);
        Assert.True(admission.TryEnter(default, ring, out var next));
        admission.Heard(next, told, Outcome.Ok);

        Assert.True(admission.IsActive);
        Assert.False(admission.TryEnter(default, ring, out _));
    }

    [Fact]
    public void A_limit_that_few_answers_speak_of_is_kept_to()
    {
        var admission = Admission();
        var ring = Ring(1);
        var told = new RateLimits(new RateLimitReading(100, 0, TimeSpan.FromSeconds(30)), null);
        var kept = 0;

        for (var i = 0; i < 50 * (TargetAdmission.MostWordless + 2); i++)
        {
            if (!admission.TryEnter(default, ring, out var entry))
            {
                kept++;
                _time.Advance(TimeSpan.FromSeconds(1));
                continue;
            }

            var speaks = i % (TargetAdmission.MostWordless + 2) == TargetAdmission.MostWordless + 1;
            admission.Heard(entry, speaks ? told : RateLimits.None, Outcome.Ok);
        }

        Assert.True(kept > 100, $"only {kept} waits");
    }

    [Fact]
    public void A_key_that_has_to_wait_gives_way_to_one_that_does_not()
    {
        var (admission, ring, keys) = TwoKeys();
        Tell(admission, ring, 0, secondsToReset: 30);
        Assert.True(admission.Look(default, ring).IsOpen);

        Assert.True(admission.TryEnter(default, ring, out var entry));

        Assert.Same(keys[1], entry.Key);
    }

    [Fact]
    public async Task Where_all_keys_have_to_wait_the_one_that_is_ready_first_is_waited_for()
    {
        var (admission, ring, keys) = TwoKeys();
        Tell(admission, ring, 0, secondsToReset: 20);
        Tell(admission, ring, 1, secondsToReset: 10);
        Assert.Equal(TimeSpan.FromSeconds(10), admission.Look(default, ring).EstimatedWait);

        Assert.False(admission.TryEnter(default, ring, out var entry));
        var waiting = admission.WaitAsync(default, ring, default).AsTask();

        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1.5));
        var entered = await waiting.SoonAsync();
        Assert.Equal((keys[1], AdmissionRefusal.None), (entered.Key, entered.Refusal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_key_that_is_marked_or_held_while_it_is_waited_for_is_not_used(bool isMarked)
    {
        var (admission, ring, keys) = TwoKeys();
        Tell(admission, ring, 0, secondsToReset: 10);
        Tell(admission, ring, 1, secondsToReset: 20);
        var waiting = admission.WaitAsync(default, ring, default).AsTask();

        if (isMarked)
        {
            keys[0].Mark();
        }
        else
        {
            keys[0].Hold();
        }

        _time.Advance(TimeSpan.FromSeconds(10.5));
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Same(keys[1], (await waiting.SoonAsync()).Key);
    }

    [Fact]
    public void A_key_about_which_nothing_is_known_sends_one_call_ahead()
    {
        var (admission, ring, keys) = TwoKeys();
        Tell(admission, ring, 0, secondsToReset: 30);

        Assert.True(admission.TryEnter(default, ring, out var ahead));
        Assert.False(admission.TryEnter(default, ring, out var behind));
        Assert.Equal((keys[1], keys[0]), (ahead.Key, behind.Key));

        admission.Heard(ahead, new RateLimits(new RateLimitReading(10, 9, TimeSpan.FromSeconds(60)), null), Outcome.Ok);
        Assert.True(admission.TryEnter(default, ring, out _));
        Assert.True(admission.TryEnter(default, ring, out var next));
        Assert.Same(keys[1], next.Key);
    }

    [Fact]
    public void A_good_key_that_has_to_wait_comes_before_a_marked_one()
    {
        var (admission, ring, keys) = TwoKeys();
        keys[1].Mark();
        Tell(admission, ring, 0, secondsToReset: 20);

        Assert.False(admission.TryEnter(default, ring, out var entry));

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
        return (Admission(), new KeyRing(keys), keys);
    }

    /// <summary>The provider says that nothing is left for the key at this position.</summary>
    private static void Tell(TargetAdmission admission, KeyRing ring, int position, int secondsToReset)
    {
        Assert.True(admission.TryEnter(default, new KeyRing([ring.Keys.ElementAt(position)]), out var entry));
        admission.Heard(entry, new RateLimits(
            new RateLimitReading(10, 0, TimeSpan.FromSeconds(secondsToReset)), null), Outcome.Ok);
    }

    private KeyRing Ring(int keys) =>
        new([.. Enumerable.Range(0, keys).Select(number => new ApiKey($"key-{number}", _time))]);

    private void Drive(AnnouncingProvider provider, int keys, int answerSeconds, int callsPerSecond,
        AdmissionOptions options, bool isMixed = false)
    {
        const int seed = 11;
        output.WriteLine($"seed {seed}");
        var admission = Admission();
        admission.Configure(options);
        new AnnouncedLoad(_time, provider, seed)
        {
            Models = [(admission, callsPerSecond)],
            Ring = Ring(keys),
            AnswerSeconds = answerSeconds,
            Tokens = (100, 900),
            IsMixed = isMixed,
        }.Known().Run(TimeSpan.FromMinutes(10));
        output.WriteLine($"served {provider.Served}, refused {provider.Refusals}");
    }

    private TargetAdmission Admission() => new(_time, new SharedLimits(_time), "one");
}

using Holdfast.Admission;
using Holdfast.Failover;
using Holdfast.Gateway.Admission;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Xunit.Abstractions;

namespace Holdfast.Gateway.Tests.Admission;

/// <summary>
/// Some providers count a key's calls over all its models, others each model's: the models share a pace as long as
/// their limits look like one, and go their own ways when they don't.
/// </summary>
public sealed class SharedLimitTests(ITestOutputHelper output)
{
    private const int PerMinute = 120;
    private const int Seed = 11;

    private readonly ManualTimeProvider _time = new();
    private DateTimeOffset _countEnds;

    public static TheoryData<Announcement, bool, int, int> Shared()
    {
        var cases = new TheoryData<Announcement, bool, int, int>();
        foreach (var form in Enum.GetValues<Announcement>())
        {
            foreach (var drips in new[] { true, false })
            {
                foreach (var answerSeconds in new[] { 3, 20 })
                {
                    cases.Add(form, drips, 2, answerSeconds);
                    cases.Add(form, drips, 4, answerSeconds);
                }
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Shared))]
    public void Models_that_share_a_keys_limit_do_not_drive_it_into_a_429(
        Announcement form, bool drips, int models, int answerSeconds)
    {
        var provider = new AnnouncingProvider(_time, form, drips, PerMinute, 100_000_000);
        var load = Load(provider, answerSeconds, accounts: null,
            [.. Enumerable.Repeat(6d / models, models)]);

        load.Run(TimeSpan.FromMinutes(1));
        var (served, refused) = (provider.Served, provider.Refusals);
        load.Run(TimeSpan.FromMinutes(10));

        output.WriteLine($"served {provider.Served - served}, refused {refused} and {provider.Refusals - refused}");
        Assert.Equal(0, provider.Refusals - refused);
        // Without a reset nobody knows when a new count begins; half of it is used at once, the rest with care. Where
        // the first answers come late the second minute pays for the first.
        var least = form == Announcement.WithoutReset ? 0.4 : answerSeconds > 3 ? 0.8 : 0.85;
        Assert.InRange(provider.Served - served, 10 * PerMinute * least, 11 * PerMinute);
    }

    [Theory]
    [InlineData(true, 3)]
    [InlineData(false, 3)]
    [InlineData(true, 20)]
    [InlineData(false, 20)]
    public void Tokens_that_models_share_are_paced_together_where_calls_are_not_announced(bool drips, int answerSeconds)
    {
        var provider = new AnnouncingProvider(_time, Announcement.GoDurations, drips, 100_000_000, 60_000)
        {
            IsSilentOnRequests = true,
        };
        var load = Load(provider, answerSeconds, accounts: null, [3, 3], (100, 900));

        load.Run(TimeSpan.FromMinutes(1));
        var (served, refused) = (provider.Served, provider.Refusals);
        load.Run(TimeSpan.FromMinutes(10));

        output.WriteLine($"served {provider.Served - served}, refused {refused} and {provider.Refusals - refused}");
        Assert.Equal(0, provider.Refusals - refused);
        Assert.InRange(provider.Served - served, 600, 1800);
    }

    [Theory]
    [InlineData(true, 3)]
    [InlineData(false, 3)]
    [InlineData(true, 20)]
    [InlineData(false, 20)]
    public void A_model_with_a_limit_of_its_own_is_not_slowed_by_one_that_is_at_its_limit(bool drips, int answerSeconds)
    {
        var provider = new AnnouncingProvider(_time, Announcement.GoDurations, drips, PerMinute, 100_000_000);
        var load = Load(provider, answerSeconds, accounts: [0, 1], [6, 0.5]);

        load.Run(TimeSpan.FromMinutes(10));

        output.WriteLine($"served {provider.ServedTo("one 0")} and {provider.ServedTo("one 1")}, "
            + $"refused {provider.Refusals}");
        Assert.Equal(0, provider.Refusals);
        Assert.InRange(provider.ServedTo("one 0"), 10 * PerMinute * 0.8, 11 * PerMinute);
        Assert.InRange(provider.ServedTo("one 1"), 295, 301);
    }

    [Theory]
    [InlineData(true, 3)]
    [InlineData(false, 3)]
    [InlineData(true, 20)]
    [InlineData(false, 20)]
    public void Two_limits_that_look_the_same_lose_little(bool drips, int answerSeconds)
    {
        var provider = new AnnouncingProvider(_time, Announcement.GoDurations, drips, PerMinute, 100_000_000);
        var load = Load(provider, answerSeconds, accounts: [0, 1], [4, 4]);

        load.Run(TimeSpan.FromMinutes(10));

        output.WriteLine($"served {provider.Served}, refused {provider.Refusals}");
        Assert.Equal(0, provider.Refusals);
        Assert.InRange(provider.Served, 2 * 10 * PerMinute * 0.85, 2 * 11 * PerMinute);
    }

    [Theory]
    [InlineData(true, 3)]
    [InlineData(false, 3)]
    [InlineData(true, 20)]
    [InlineData(false, 20)]
    public void A_limit_of_ones_own_beside_one_that_two_share_makes_no_429(bool drips, int answerSeconds)
    {
        var provider = new AnnouncingProvider(_time, Announcement.GoDurations, drips, PerMinute, 100_000_000);
        var load = Load(provider, answerSeconds, accounts: [0, 1, 0], [3, 3, 3]);

        load.Run(TimeSpan.FromMinutes(1));
        var (served, refused) = (provider.Served, provider.Refusals);
        load.Run(TimeSpan.FromMinutes(10));

        output.WriteLine($"served {provider.Served - served}, refused {refused} and {provider.Refusals - refused}");
        Assert.Equal(0, provider.Refusals - refused);
        Assert.InRange(provider.Served - served, 2 * 10 * PerMinute * 0.8, 2 * 11 * PerMinute);
    }

    [Fact]
    public void Models_share_a_pace_until_their_answers_have_shown_that_they_need_not()
    {
        var (one, other, ring) = Two();

        Assert.Same(PaceOf(one, ring), PaceOf(other, ring));
        SayInTurn(one, other, ring, 118, calls: 30);

        Assert.Same(PaceOf(one, ring), PaceOf(other, ring));
    }

    [Fact]
    public void Models_that_announce_different_numbers_part_at_the_first_answer()
    {
        var (one, other, ring) = Two();
        Say(one, ring, 118);

        Say(other, ring, 99, limit: 100);

        Assert.NotSame(PaceOf(one, ring), PaceOf(other, ring));
    }

    [Fact]
    public void Models_that_have_parted_come_together_when_answers_count_the_calls_of_both()
    {
        var (one, other, ring) = Two();
        Say(one, ring, 119);
        Say(other, ring, 99, limit: 100);

        var left = SayInTurn(one, other, ring, 118, calls: 8);
        Assert.NotSame(PaceOf(one, ring), PaceOf(other, ring));
        SayInTurn(one, other, ring, left, calls: 14);

        Assert.Same(PaceOf(one, ring), PaceOf(other, ring));
    }

    [Fact]
    public void A_model_whose_answers_say_nothing_of_limits_is_not_paced_by_those_of_another()
    {
        var (one, other, ring) = Two();
        Say(one, ring, 118);

        for (var answers = 1; answers <= 3; answers++)
        {
            Assert.Same(PaceOf(one, ring), PaceOf(other, ring));
            _time.Advance(TimeSpan.FromSeconds(1.1));
            Assert.True(other.TryEnter(default, ring, out var entry));
            other.Heard(entry, RateLimits.None, Outcome.Ok);
            entry.Place.Settle(Outcome.Ok);
        }

        Assert.NotSame(PaceOf(one, ring), PaceOf(other, ring));
        Say(one, ring, 0);
        Assert.True(other.TryEnter(default, ring, out _));
    }

    [Fact]
    public void What_is_left_to_one_counts_for_all_as_long_as_nobody_knows_whether_they_share_it()
    {
        var (one, other, ring) = Two();
        Assert.True(one.TryEnter(default, ring, out var first));
        _time.Advance(TimeSpan.FromSeconds(1.1));
        Assert.True(other.TryEnter(default, ring, out var second));
        one.Heard(first, Told(0), Outcome.Ok);
        other.Heard(second, Told(119, seconds: 59), Outcome.Ok);

        Assert.False(one.TryEnter(default, ring, out _));
        Assert.False(other.TryEnter(default, ring, out _));
    }

    [Fact]
    public void Tokens_that_go_down_by_less_than_was_estimated_part_nobody()
    {
        var (one, other, ring) = Two();
        var estimate = new AdmissionRequest { Tokens = 100 };

        for (var call = 1; call <= 60; call++)
        {
            var admission = call % 2 == 0 ? one : other;
            _time.Advance(TimeSpan.FromSeconds(0.6));
            Assert.True(admission.TryEnter(estimate, ring, out var entry));
            var told = new RateLimitReading(20_000, 20_000 - (call * 40), _countEnds - _time.GetUtcNow());
            admission.Heard(entry, new RateLimits(null, told), Outcome.Ok);
            entry.Place.Settle(Outcome.Ok);
        }

        Assert.Same(PaceOf(one, ring), PaceOf(other, ring));
    }

    [Fact]
    public void A_model_that_is_gone_is_compared_with_nobody()
    {
        var (one, other, ring) = Two();
        var left = SayInTurn(one, other, ring, 118, calls: 10);
        Assert.True(other.TryEnter(default, ring, out var late));

        other.Paces.Retire();
        other.Heard(late, Told(left, limit: 50), Outcome.Ok);
        Say(one, ring, left - 1);

        Assert.False(other.Paces.Of(ring.Keys.Single()).IsListed);
        Assert.True(one.Paces.Of(ring.Keys.Single()) is { IsListed: true, Number: 0, IsUnsure: false });
    }

    [Fact]
    public void More_models_than_are_compared_go_by_the_pace_of_the_first()
    {
        var shared = new SharedLimits(_time);
        var ring = new KeyRing([new ApiKey("one", _time)]);
        var models = Enumerable.Range(0, 70).Select(_ => new TargetAdmission(_time, shared, "one")).ToList();

        models.ForEach(model => PaceOf(model, ring));

        Assert.Single(models.Select(model => PaceOf(model, ring)).Distinct());
        Assert.Equal(64, models.Count(model => model.Paces.Of(ring.Keys.Single()).IsListed));
        foreach (var model in models)
        {
            _time.Advance(TimeSpan.FromSeconds(0.1));
            Assert.True(model.TryEnter(default, ring, out var entry));
            model.Heard(entry, Told(900, limit: 1_000), Outcome.Ok);
        }
    }

    [Fact]
    public async Task A_busy_model_does_not_keep_another_from_finding_out_what_is_left_to_it()
    {
        var (one, other, ring) = Two();
        Say(one, ring, 40);
        var waiting = Enumerable.Range(0, 10)
            .Select(_ => one.WaitAsync(default, ring, default).AsTask()).ToList();
        var asking = other.WaitAsync(default, ring, default).AsTask();
        var behind = other.WaitAsync(default, ring, default).AsTask();

        // One every 1.5 s.
        _time.Advance(TimeSpan.FromSeconds(1.9));
        _time.Advance(TimeSpan.FromSeconds(1.9));

        Assert.True((await asking.SoonAsync()).IsPaced);
        Assert.InRange(waiting.Count(call => call.IsCompleted), 0, 1);
        Assert.False(behind.IsCompleted);
    }

    [Fact]
    public void Models_part_after_a_few_answers_that_count_their_own_calls_alone()
    {
        var (one, other, ring) = Two();
        var left = Joined(one, other, ring);

        for (var calls = 1; calls <= 10; calls++)
        {
            Say(one, ring, left - calls);
            Say(other, ring, left - calls);
            Assert.False(calls == 2 && PaceOf(one, ring) != PaceOf(other, ring));
        }

        Assert.NotSame(PaceOf(one, ring), PaceOf(other, ring));
    }

    [Fact]
    public void An_answer_that_agrees_in_between_keeps_models_together()
    {
        var (one, other, ring) = Two();
        var left = Joined(one, other, ring);

        for (var calls = 0; calls < 15; calls++)
        {
            Say(one, ring, --left);
            Say(other, ring, --left, limit: PerMinute + (calls % 3 == 2 ? 0 : 1 + calls));
        }

        Assert.Same(PaceOf(one, ring), PaceOf(other, ring));
    }

    [Fact]
    public void A_model_that_parts_knows_what_it_was_told_last()
    {
        var (one, other, ring) = Two();
        Joined(one, other, ring);
        var entries = new List<TargetEntry>();
        for (var i = 0; i < 3; i++)
        {
            other.TryEnter(default, ring, out var entry);
            entries.Add(entry);
        }

        foreach (var entry in entries)
        {
            _time.Advance(TimeSpan.FromSeconds(0.2));
            other.Heard(entry, Told(0, limit: 100, seconds: 20), Outcome.Ok);
        }

        Assert.NotSame(PaceOf(one, ring), PaceOf(other, ring));
        Assert.Equal(TimeSpan.FromSeconds(20), other.Look(default, ring).EstimatedWait);
    }

    [Theory]
    [InlineData(100, 60)]
    [InlineData(PerMinute, 20)]
    public void Other_limits_or_other_resets_are_other_limits(int limit, int seconds)
    {
        var (one, other, ring) = Two();

        for (var left = 98; left > 64; left -= 2)
        {
            Say(one, ring, left);
            other.TryEnter(default, ring, out var entry);
            other.Heard(entry, Told(left - 1, limit, seconds), Outcome.Ok);
        }

        Assert.NotSame(PaceOf(one, ring), PaceOf(other, ring));
    }

    [Fact]
    public void Answers_that_overtake_each_other_are_compared_by_when_their_calls_began()
    {
        var (one, other, ring) = Two();
        var calls = new List<(TargetAdmission At, TargetEntry Entry, int Left)>();
        for (var left = 118; left > 90; left--)
        {
            var at = left % 2 == 0 ? one : other;
            _time.Advance(TimeSpan.FromSeconds(0.5));
            Assert.True(at.TryEnter(default, ring, out var entry));
            calls.Add((at, entry, left));
        }

        // All of one model's answers come before any of the other's, the last first.
        foreach (var (at, entry, left) in calls.OrderBy(call => call.At == other)
            .ThenBy(call => call.At == other ? -call.Left : call.Left))
        {
            at.Heard(entry, Told(left), Outcome.Ok);
        }

        Assert.Same(PaceOf(one, ring), PaceOf(other, ring));
    }

    [Fact]
    public async Task Those_who_wait_when_models_come_to_share_a_pace_wait_on_with_it()
    {
        var (one, other, ring) = Two();
        var ones = new List<(TargetEntry Entry, int Left)>();
        var others = new List<(TargetEntry Entry, int Left)>();
        for (var left = 30; left > 0; left--)
        {
            _time.Advance(TimeSpan.FromSeconds(0.5));
            Assert.True((left % 2 == 0 ? one : other).TryEnter(default, ring, out var entry));
            (left % 2 == 0 ? ones : others).Add((entry, left));
        }

        others.ForEach(call => other.Heard(call.Entry, Told(call.Left, seconds: 20), Outcome.Ok));
        var waiting = other.WaitAsync(default, ring, default).AsTask();
        Assert.Equal(1, other.GetStatus()!.Depth);

        ones.ForEach(call => one.Heard(call.Entry, Told(call.Left, seconds: 20), Outcome.Ok));

        Assert.Same(PaceOf(one, ring), PaceOf(other, ring));
        Assert.Equal(1, other.GetStatus()!.Depth);
        // The wait goes on in the other's line on another thread.
        await Soon.UntilAsync(() => waiting.IsCompleted || PaceOf(other, ring).Queue.GetStatus().Depth == 1);
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(AdmissionRefusal.None, (await waiting.SoonAsync()).Refusal);
    }

    private AnnouncedLoad Load(AnnouncingProvider provider, int answerSeconds, int[]? accounts,
        double[] callsPerSecond, (int, int)? tokens = null)
    {
        output.WriteLine($"seed {Seed}");
        var shared = new SharedLimits(_time);
        return new AnnouncedLoad(_time, provider, Seed)
        {
            Models = [.. callsPerSecond.Select(calls => (new TargetAdmission(_time, shared, "one"), calls))],
            Ring = new KeyRing([new ApiKey("one", _time)]),
            AnswerSeconds = answerSeconds,
            Accounts = accounts,
            Tokens = tokens ?? (10, 11),
        }.Known();
    }

    private (TargetAdmission, TargetAdmission, KeyRing) Two()
    {
        var shared = new SharedLimits(_time);
        var (one, other) = (new TargetAdmission(_time, shared, "one"), new TargetAdmission(_time, shared, "one"));
        var ring = new KeyRing([new ApiKey("one", _time)]);
        _countEnds = _time.GetUtcNow() + TimeSpan.FromMinutes(1);
        // Both models are known before a call is noted.
        PaceOf(one, ring);
        PaceOf(other, ring);
        return (one, other, ring);
    }

    /// <returns>What is left.</returns>
    private int Joined(TargetAdmission one, TargetAdmission other, KeyRing ring)
    {
        var left = SayInTurn(one, other, ring, 118, calls: 14);
        Assert.Same(PaceOf(one, ring), PaceOf(other, ring));
        return left;
    }

    /// <summary>Two models that draw on one limit call in turn.</summary>
    private int SayInTurn(TargetAdmission one, TargetAdmission other, KeyRing ring, int left, int calls)
    {
        for (var call = 0; call < calls; call++)
        {
            Say(call % 2 == 0 ? one : other, ring, --left);
        }

        return left;
    }

    private static KeyPace PaceOf(TargetAdmission admission, KeyRing ring) =>
        admission.Paces.Of(ring.Keys.Single()).Pace;

    private static RateLimits Told(int left, int limit = PerMinute, int seconds = 60) =>
        new(new RateLimitReading(limit, left, TimeSpan.FromSeconds(seconds)), null);

    /// <summary>A call begins and is answered at once.</summary>
    private void Say(TargetAdmission admission, KeyRing ring, int left, int limit = PerMinute)
    {
        // Calls of one second may reach the provider in any order.
        _time.Advance(TimeSpan.FromSeconds(1.1));
        admission.TryEnter(default, ring, out var entry);
        Assert.True(entry.IsPaced);
        var reset = _countEnds - _time.GetUtcNow();
        admission.Heard(entry, new RateLimits(new RateLimitReading(limit, left, reset), null), Outcome.Ok);
        entry.Place.Settle(Outcome.Ok);
    }
}

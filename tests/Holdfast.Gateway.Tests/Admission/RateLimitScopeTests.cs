using Holdfast.Admission;
using Holdfast.Failover;
using Holdfast.Gateway.Admission;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Xunit.Abstractions;

namespace Holdfast.Gateway.Tests.Admission;

/// <summary>
/// Twice what a provider takes, by models that share its limit, with calls that overtake each other on their way: no
/// 429 after the first two minutes, whether the configuration says that they share it or not.
/// </summary>
public sealed class RateLimitScopeTests(ITestOutputHelper output)
{
    private const int PerMinute = 120;

    private readonly ManualTimeProvider _time = new();

    public static TheoryData<string, bool, double, double> Cases()
    {
        var cases = new TheoryData<string, bool, double, double>();
        foreach (var scope in new[] { "Auto", "Key" })
        {
            foreach (var drips in new[] { true, false })
            {
                foreach (var answerSeconds in new[] { 1.0, 20 })
                {
                    cases.Add(scope, drips, answerSeconds, 0);
                    cases.Add(scope, drips, answerSeconds, 0.2);
                }
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Calls_that_overtake_each_other_drive_no_shared_limit_into_a_429(
        string scope, bool drips, double answerSeconds, double reachSeconds)
    {
        foreach (var rates in new double[][] { [4], [3, 3], [4, 1], [2, 2, 2], [1, 1, 1, 1, 1, 1] })
        {
            for (var seed = 1; seed <= 2; seed++)
            {
                var time = new ManualTimeProvider();
                var provider = new AnnouncingProvider(time, Announcement.GoDurations, drips, PerMinute, 100_000_000);
                var load = Load(time, provider, seed, Enum.Parse<RateLimitScope>(scope), answerSeconds, reachSeconds,
                    accounts: null, rates);

                load.Run(TimeSpan.FromMinutes(2));
                var (served, refused) = (provider.Served, provider.Refusals);
                load.Run(TimeSpan.FromMinutes(10));

                output.WriteLine($"[{string.Join(' ', rates)}] seed {seed}: "
                    + $"served {provider.Served - served}, refused {refused} and {provider.Refusals - refused}");
                Assert.Equal(0, provider.Refusals - refused);
                Assert.InRange(provider.Served - served, 10 * PerMinute * 0.7, 11 * PerMinute);
            }
        }
    }

    [Theory]
    [InlineData(600, true, 0)]
    [InlineData(600, false, 0)]
    [InlineData(600, false, 0.2)]
    [InlineData(1_200, false, 0)]
    public void Many_models_of_one_busy_limit_come_to_share_a_pace(int perMinute, bool drips, double reachSeconds)
    {
        var provider = new AnnouncingProvider(_time, Announcement.GoDurations, drips, perMinute, 100_000_000);
        var load = Load(_time, provider, seed: 1, RateLimitScope.Auto, answerSeconds: 5, reachSeconds, accounts: null,
            [.. Enumerable.Repeat(perMinute / 180d, 6)]);

        load.Run(TimeSpan.FromMinutes(2));
        var refused = provider.Refusals;
        load.Run(TimeSpan.FromMinutes(5));

        output.WriteLine($"refused {refused} and {provider.Refusals - refused}");
        Assert.Equal(0, provider.Refusals - refused);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Models_that_are_said_to_share_nothing_are_never_slowed_for_each_other(bool drips)
    {
        var provider = new AnnouncingProvider(_time, Announcement.GoDurations, drips, PerMinute, 100_000_000);
        var load = Load(_time, provider, seed: 11, RateLimitScope.Model, answerSeconds: 20, reachSeconds: 0.2,
            accounts: [0, 1], [4, 4]);

        load.Run(TimeSpan.FromMinutes(10));

        output.WriteLine($"served {provider.Served}, refused {provider.Refusals}");
        Assert.Equal(0, provider.Refusals);
        Assert.InRange(provider.Served, 2 * 10 * PerMinute * 0.85, 2 * 11 * PerMinute);
    }

    [Theory]
    [InlineData(true, 60)]
    [InlineData(false, 60)]
    [InlineData(true, 120)]
    [InlineData(false, 120)]
    public void Limits_that_look_like_one_for_a_while_are_not_driven_into_a_429_when_their_models_part(
        bool drips, int perMinute)
    {
        for (var seed = 1; seed <= 4; seed++)
        {
            var time = new ManualTimeProvider();
            var provider = new AnnouncingProvider(time, Announcement.GoDurations, drips, perMinute, 100_000_000);
            var load = Load(time, provider, seed, RateLimitScope.Auto, answerSeconds: 1, reachSeconds: 0.2,
                accounts: [0, 1], [perMinute / 30d, perMinute / 30d]);

            load.Run(TimeSpan.FromMinutes(12));

            output.WriteLine($"served {provider.Served}, refused {provider.Refusals}");
            Assert.Equal(0, provider.Refusals);
            Assert.InRange(provider.Served, 2 * 12 * perMinute * 0.8, 2 * 13 * perMinute);
        }
    }

    [Fact]
    public async Task Those_who_wait_when_a_model_parts_wait_on_for_what_its_own_limit_allows()
    {
        var (one, other, ring) = Two(RateLimitScope.Key);
        Say(other, ring, 10);
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.True(one.TryEnter(default, ring, out var parting));
        var waiting = one.WaitAsync(default, ring, default).AsTask();
        Assert.False(waiting.IsCompleted);

        one.Configure(CallLimits.None, RateLimitScope.Model);
        other.Configure(CallLimits.None, RateLimitScope.Model);
        var told = new RateLimits(new RateLimitReading(PerMinute, 0, TimeSpan.FromSeconds(25)), null);
        one.Heard(parting, told, Outcome.Ok);
        Assert.NotSame(PaceOf(one, ring), PaceOf(other, ring));
        Assert.False(one.TryEnter(default, ring, out _));

        // The line in which it waited moves on within 20 s, its own limit allows for it after 25 s.
        _time.Advance(TimeSpan.FromSeconds(20));
        await Soon.UntilAsync(() => waiting.IsCompleted || PaceOf(one, ring).Queue.GetStatus().Depth == 1);
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Same(PaceOf(one, ring), (await waiting.SoonAsync()).PacedBy);
    }

    [Fact]
    public void Models_that_are_said_to_share_a_limit_share_a_pace_before_the_first_answer()
    {
        var (one, other, ring) = Two(RateLimitScope.Key);

        Assert.Same(PaceOf(one, ring), PaceOf(other, ring));
    }

    [Fact]
    public void Models_of_a_provider_without_keys_share_a_pace_too()
    {
        var shared = new SharedLimits(_time);
        var (one, other, stranger) = (Of(shared, "one"), Of(shared, "one"), Of(shared, "two"));

        Assert.Same(one.Paces.Of(null).Pace, other.Paces.Of(null).Pace);
        Assert.NotSame(one.Paces.Of(null).Pace, stranger.Paces.Of(null).Pace);

        TargetAdmission Of(SharedLimits limits, string provider)
        {
            var admission = new TargetAdmission(_time, limits, provider);
            admission.Configure(CallLimits.None, RateLimitScope.Key);
            return admission;
        }
    }

    [Fact]
    public void A_model_that_its_key_does_not_list_yet_keeps_its_own_pace()
    {
        var (one, _, ring) = Two(RateLimitScope.Auto);
        var model = one.Paces.Of(ring.Keys.Single());
        var before = model.Pace;

        new KeyReadings(_time).Gather(model, RateLimitScope.Key);

        Assert.Same(before, model.Pace);
    }

    [Fact]
    public void A_reload_brings_models_together_and_parts_them()
    {
        var (one, other, ring) = Two(RateLimitScope.Model);
        Assert.NotSame(PaceOf(one, ring), PaceOf(other, ring));

        one.Configure(CallLimits.None, RateLimitScope.Key);
        other.Configure(CallLimits.None, RateLimitScope.Key);
        Assert.Same(PaceOf(one, ring), PaceOf(other, ring));

        one.Configure(CallLimits.None, RateLimitScope.Model);
        other.Configure(CallLimits.None, RateLimitScope.Model);
        Say(other, ring, 50);
        Assert.NotSame(PaceOf(one, ring), PaceOf(other, ring));

        one.Configure(CallLimits.None, RateLimitScope.Auto);
        other.Configure(CallLimits.None, RateLimitScope.Auto);
        Assert.Same(PaceOf(one, ring), PaceOf(other, ring));
    }

    [Fact]
    public void A_reload_parts_a_model_whose_answers_say_nothing_after_three_good_ones()
    {
        var (silent, other, ring) = Two(RateLimitScope.Key);
        Say(other, ring, 50);
        silent.Configure(CallLimits.None, RateLimitScope.Model);
        other.Configure(CallLimits.None, RateLimitScope.Model);

        SayNothing(silent, ring, times: 2);
        Assert.Same(PaceOf(other, ring), PaceOf(silent, ring));

        SayNothing(silent, ring, times: 1);
        Assert.NotSame(PaceOf(other, ring), PaceOf(silent, ring));
        Assert.False(PaceOf(silent, ring).IsTold);
    }

    [Fact]
    public void Models_that_hear_what_is_left_but_not_of_how_much_stay_together_when_some_answers_say_nothing()
    {
        var (one, other, ring) = Two(RateLimitScope.Auto);
        Say(other, ring, 50, of: null);
        Say(one, ring, 49, of: null);

        SayNothing(one, ring, times: 5);

        Assert.Same(PaceOf(other, ring), PaceOf(one, ring));
    }

    [Fact]
    public void A_reload_that_makes_the_line_shorter_holds_for_models_that_share_it()
    {
        var (one, other, ring) = Two(RateLimitScope.Key);
        var (longer, shorter) = (Line(100, seconds: 50), Line(4, seconds: 5));
        one.Configure(longer, RateLimitScope.Key);
        other.Configure(shorter, RateLimitScope.Key);
        Assert.Equal((100, 50), LineOf());

        one.Configure(Line(2, seconds: 2), RateLimitScope.Key);
        Assert.Equal((4, 5), LineOf());

        other.Configure(Line(1, seconds: 1), RateLimitScope.Key);
        Assert.Equal((2, 2), LineOf());

        (int, int) LineOf() => PaceOf(one, ring).Queue.Options is var line
            ? (line.MaxQueueSize, (int)line.Timeout.TotalSeconds) : default;

        static AdmissionOptions Line(int most, int seconds) =>
            CallLimits.None with { MaxQueueSize = most, Timeout = TimeSpan.FromSeconds(seconds) };
    }

    [Fact]
    public void A_model_that_parts_leaves_nothing_of_its_line_behind()
    {
        var (one, other, ring) = Two(RateLimitScope.Key);
        one.Configure(CallLimits.None with { MaxQueueSize = 100 }, RateLimitScope.Key);
        other.Configure(CallLimits.None with { MaxQueueSize = 7 }, RateLimitScope.Key);

        one.Configure(CallLimits.None with { MaxQueueSize = 100 }, RateLimitScope.Model);
        Say(one, ring, 50);

        Assert.Equal((100, 7), (PaceOf(one, ring).Queue.Options.MaxQueueSize,
            PaceOf(other, ring).Queue.Options.MaxQueueSize));
    }

    [Fact]
    public async Task Forgetting_the_limit_of_one_model_lets_all_go_that_wait_for_it()
    {
        var (one, other, ring) = Two(RateLimitScope.Key);
        Say(one, ring, 1);
        Say(other, ring, 0);
        var waiting = other.WaitAsync(default, ring, default).AsTask();
        Assert.False(waiting.IsCompleted);

        one.Forget();

        Assert.True((await waiting.SoonAsync()).IsPaced);
        Assert.Same(PaceOf(one, ring), PaceOf(other, ring));
    }

    [Fact]
    public void A_key_that_never_says_a_limit_is_not_kept_at_one_call_at_a_time_for_good()
    {
        var admission = new TargetAdmission(_time, new SharedLimits(_time), "one");
        var (speaks, silent) = (new ApiKey("speaks", _time), new ApiKey("silent", _time));
        Say(admission, new KeyRing([speaks]), 0);
        var ring = new KeyRing([silent]);
        for (var answers = 0; answers < TargetAdmission.MostWordless; answers++)
        {
            Assert.True(admission.TryEnter(default, ring, out var ahead));
            Assert.False(admission.TryEnter(default, ring, out _));
            admission.Heard(ahead, RateLimits.None, Outcome.Ok);
            ahead.Place.Settle(Outcome.Ok);
        }

        Assert.True(admission.TryEnter(default, ring, out _));
        Assert.True(admission.TryEnter(default, ring, out _));
    }

    [Fact]
    public void Tokens_of_a_call_that_the_provider_failed_at_stay_taken()
    {
        var admission = new TargetAdmission(_time, new SharedLimits(_time), "one");
        var ring = new KeyRing([new ApiKey("one", _time)]);
        admission.TryEnter(default, ring, out var first);
        var told = new RateLimits(null, new RateLimitReading(1_000, 900, TimeSpan.FromSeconds(30)));
        admission.Heard(first, told, Outcome.Ok);

        Assert.True(admission.TryEnter(new AdmissionRequest { Tokens = 380 }, ring, out var second));
        admission.Heard(second, RateLimits.None, Outcome.ServerError);

        Assert.False(admission.TryEnter(new AdmissionRequest { Tokens = 380 }, ring, out _));
    }

    private AnnouncedLoad Load(ManualTimeProvider time, AnnouncingProvider provider, int seed, RateLimitScope scope,
        double answerSeconds, double reachSeconds, int[]? accounts, double[] callsPerSecond)
    {
        output.WriteLine($"seed {seed}");
        var shared = new SharedLimits(time);
        return new AnnouncedLoad(time, provider, seed)
        {
            Models = [.. callsPerSecond.Select(calls => (Configured(new TargetAdmission(time, shared, "one")), calls))],
            Ring = new KeyRing([new ApiKey("one", time)]),
            AnswerSeconds = answerSeconds,
            ReachSeconds = reachSeconds,
            Accounts = accounts,
        }.Known();

        TargetAdmission Configured(TargetAdmission admission)
        {
            admission.Configure(CallLimits.None, scope);
            return admission;
        }
    }

    private (TargetAdmission, TargetAdmission, KeyRing) Two(RateLimitScope scope)
    {
        var shared = new SharedLimits(_time);
        var (one, other) = (new TargetAdmission(_time, shared, "one"), new TargetAdmission(_time, shared, "one"));
        var ring = new KeyRing([new ApiKey("one", _time)]);
        one.Configure(CallLimits.None, scope);
        other.Configure(CallLimits.None, scope);
        PaceOf(one, ring);
        PaceOf(other, ring);
        return (one, other, ring);
    }

    private static KeyPace PaceOf(TargetAdmission admission, KeyRing ring) =>
        admission.Paces.Of(ring.Keys.Single()).Pace;

    private void SayNothing(TargetAdmission admission, KeyRing ring, int times)
    {
        for (var answer = 0; answer < times; answer++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.True(admission.TryEnter(default, ring, out var entry));
            admission.Heard(entry, RateLimits.None, Outcome.Ok);
            entry.Place.Settle(Outcome.Ok);
        }
    }

    private void Say(TargetAdmission admission, KeyRing ring, int left, int? of = PerMinute)
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        admission.TryEnter(default, ring, out var entry);
        var told = new RateLimits(new RateLimitReading(of, left, TimeSpan.FromSeconds(20)), null);
        admission.Heard(entry, told, Outcome.Ok);
        entry.Place.Settle(Outcome.Ok);
    }
}

using System.Globalization;
using Holdfast.Gateway.Admission;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Xunit.Abstractions;

namespace Holdfast.Gateway.Tests.Admission;

/// <summary>
/// Settings drawn by chance: how much a provider allows, of what, how it says so and how it comes back, how many keys
/// and models there are, how long answers take and whether calls overtake each other, and how they come. After the
/// first two minutes there is no 429 in ten. <c>HOLDFAST_SWEEP_RUNS</c> and <c>HOLDFAST_SWEEP_SEED</c> make it longer,
/// and another.
/// </summary>
public sealed class AnnouncedLimitSweepTests(ITestOutputHelper output)
{
    private static readonly int Runs = Number("HOLDFAST_SWEEP_RUNS", 16);
    private static readonly int FirstSeed = Number("HOLDFAST_SWEEP_SEED", 1);

    [Theory]
    [InlineData("calls")]
    [InlineData("tokens")]
    [InlineData("tides")]
    [InlineData("estimates")]
    [InlineData("separate")]
    [InlineData("separate estimates")]
    public void Whatever_a_provider_announces_it_is_never_driven_into_a_429_in_steady_state(string kind)
    {
        for (var seed = FirstSeed; seed < FirstSeed + Runs; seed++)
        {
            Run(Setting.Draw(kind, seed));
        }
    }

    [Theory]
    [InlineData(10, false, Announcement.Moments, false, 2, "3/3/3", 20, 0, "steady", "Auto", 5)]
    [InlineData(600, false, Announcement.WholeSeconds, false, 2, "1/1/1/1/1/1", 20, 0, "pulse", "Auto", 9)]
    [InlineData(600, false, Announcement.Moments, false, 2, "4/1", 20, 0, "steady", "Key", 3)]
    [InlineData(600, true, Announcement.GoDurations, false, 2, "4/1", 1, 0.5, "steady", "Auto", 1)]
    [InlineData(60, false, Announcement.Moments, false, 1, "8/4/2/1/1/1", 20, 0.2, "steady", "Auto", 20046)]
    [InlineData(600, true, Announcement.GoDurations, false, 1, "20/1", 5, 0.2, "steady", "Auto", 6)]
    public void A_shared_limit_that_was_overrun_once_is_not_any_more(int perMinute, bool ofTokens, Announcement form,
        bool drips, int keys, string shape, double answerSeconds, double reachSeconds, string tide, string scope,
        int seed)
    {
        for (var run = 0; run < 3; run++)
        {
            Run(new Setting(seed + (run * 100), perMinute, ofTokens, form, drips, keys, shape, answerSeconds,
                reachSeconds, tide, Enum.Parse<RateLimitScope>(scope)));
        }
    }

    [Theory]
    [InlineData(60, Announcement.WholeSeconds, true, 2, "8/4/2/1/1/1", 1, 0)]
    [InlineData(120, Announcement.GoDurations, false, 2, "8/4/2/1/1/1", 5, 0.2)]
    [InlineData(120, Announcement.GoDurations, true, 1, "8/4/2/1/1/1", 1, 0.5)]
    [InlineData(600, Announcement.Moments, false, 1, "1/1/1/1/1/1", 20, 0)]
    [InlineData(600, Announcement.Moments, false, 1, "1/1", 20, 0)]
    public void Limits_that_are_separate_though_their_numbers_are_the_same_are_used_each(int perMinute,
        Announcement form, bool drips, int keys, string shape, double answerSeconds, double reachSeconds)
    {
        for (var seed = 1; seed <= 3; seed++)
        {
            Run(new Setting(seed, perMinute, false, form, drips, keys, shape, answerSeconds, reachSeconds, "steady",
                RateLimitScope.Auto) { IsSeparate = true });
        }
    }

    // What was said to one was taken for what is left to another, because both stood alike for a while.
    [Theory]
    [InlineData(60, Announcement.WholeSeconds, 2, "1/1", 1, 0.2, 0.25, 1)]
    [InlineData(120, Announcement.WholeSeconds, 1, "20/1", 1, 0.5, 1, 9)]
    [InlineData(120, Announcement.WholeSeconds, 2, "8/4/2/1/1/1", 1, 0.2, 0.6, 1)]
    [InlineData(120, Announcement.WholeSeconds, 2, "8/4/2/1/1/1", 5, 0, 0.4, 5)]
    [InlineData(600, Announcement.Moments, 2, "20/1", 1, 0.2, 2.5, 5)]
    public void Separate_limits_of_tokens_that_look_like_one_drive_no_provider_into_a_429(int perMinute,
        Announcement form, int keys, string shape, double answerSeconds, double reachSeconds, double share, int seed)
    {
        for (var run = 0; run < 3; run++)
        {
            Run(new Setting(seed + (run * 100), perMinute, true, form, false, keys, shape, answerSeconds, reachSeconds,
                "steady", RateLimitScope.Auto) { IsSeparate = true, EstimatedShare = share });
        }
    }

    // The first four were refused 46, 90, 78 and 8 times by estimates that nothing corrected.
    [Theory]
    [InlineData(120, Announcement.Moments, false, "3/3/3", 1, 0.2, 0.25, true, true, 4)]
    [InlineData(120, Announcement.Moments, false, "1/1/1/1/1/1", 5, 0.5, 0.4, true, true, 5)]
    [InlineData(120, Announcement.GoDurations, true, "3/3/3", 20, 0.5, 0.25, true, true, 8)]
    [InlineData(60, Announcement.GoDurations, false, "8/4/2/1/1/1", 20, 0.2, 0.25, false, true, 10)]
    [InlineData(120, Announcement.GoDurations, false, "4/1", 1, 0, 0.25, false, false, 2)]
    [InlineData(120, Announcement.WholeSeconds, true, "1/1", 5, 0.2, 0.4, false, false, 3)]
    public void Estimates_that_are_far_too_low_drive_no_provider_into_a_429(int perMinute, Announcement form,
        bool drips, string shape, double answerSeconds, double reachSeconds, double share, bool isSeparate,
        bool tellsUsage, int seed)
    {
        for (var run = 0; run < 3; run++)
        {
            Run(new Setting(seed + (run * 100), perMinute, true, form, drips, 1, shape, answerSeconds, reachSeconds,
                "steady", tellsUsage ? RateLimitScope.Auto : RateLimitScope.Key)
            {
                IsSeparate = isSeparate, EstimatedShare = share, TellsUsage = tellsUsage,
            });
        }
    }

    private void Run(Setting setting)
    {
        output.WriteLine(setting.ToString());
        var time = new ManualTimeProvider();
        time.Advance(TimeSpan.FromMilliseconds(setting.Seed * 7919 % 60_000));
        var provider = new AnnouncingProvider(time, setting.Form, setting.Drips,
            setting.OfTokens ? 100_000_000 : setting.PerMinute,
            setting.OfTokens ? setting.PerMinute * 500 : 1_000_000_000)
        {
            IsSilentOnRequests = setting.OfTokens,
        };
        var shared = new SharedLimits(time);
        var shares = Array.ConvertAll(setting.Shape.Split('/'),
            share => double.Parse(share, CultureInfo.InvariantCulture));
        var limits = setting.Keys * (setting.IsSeparate ? shares.Length : 1);
        // Twice what is allowed; what one doesn't use of a limit of its own, no other may.
        var perSecond = setting.PerMinute / 30d * setting.Keys / (setting.IsSeparate ? 1 : shares.Sum());
        var load = new AnnouncedLoad(time, provider, setting.Seed)
        {
            Models = [.. shares.Select(share => (Target(), perSecond * share))],
            Ring = new KeyRing([.. Enumerable.Range(0, setting.Keys).Select(key => new ApiKey($"key {key}", time))]),
            AnswerSeconds = setting.AnswerSeconds,
            ReachSeconds = setting.ReachSeconds,
            Tokens = (100, 900),
            EstimatedShare = setting.EstimatedShare,
            TellsUsage = setting.TellsUsage,
            Accounts = setting.IsSeparate ? [.. Enumerable.Range(0, shares.Length)] : null,
            Tide = setting.Tide switch
            {
                "burst" => seconds => seconds % 150 < 60 ? 2 : 0,
                "pulse" => seconds => seconds % 10 < 1 ? 10 : 0,
                _ => _ => 1,
            },
        }.Known();

        load.Run(TimeSpan.FromMinutes(2));
        var (served, refused) = (provider.Served, provider.Refusals);
        load.Run(TimeSpan.FromMinutes(10));

        var used = (provider.Served - served) / (10d * setting.PerMinute * limits);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  {used:P0} of what it allows, refused {refused} and {provider.Refusals - refused}"));
        Assert.True(provider.Refusals == refused, $"{provider.Refusals - refused} refused: {setting}");
        // Of calls that are unlike the smaller ones go first; what is separate may be held for one.
        Assert.InRange(used, setting switch
        {
            { IsSeparate: true } when setting.OfTokens || setting.PerMinute == 10 => 0.7 / shares.Length,
            { Tide: not "steady" } => 0.15,
            _ => setting.EstimatedShare == 1 ? 0.5 : 0.4,
        }, 2);

        TargetAdmission Target()
        {
            var admission = new TargetAdmission(time, shared, "one");
            admission.Configure(CallLimits.None, setting.Scope);
            return admission;
        }
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number)
            ? number : otherwise;

    private sealed record Setting(int Seed, int PerMinute, bool OfTokens, Announcement Form, bool Drips, int Keys,
        string Shape, double AnswerSeconds, double ReachSeconds, string Tide, RateLimitScope Scope)
    {
        /// <summary>Each model has a limit of its own.</summary>
        public bool IsSeparate { get; init; }

        /// <summary>What is estimated, as a share of what calls take.</summary>
        public double EstimatedShare { get; init; } = 1;

        /// <summary>Answers say what their calls took.</summary>
        public bool TellsUsage { get; init; } = true;

        public static Setting Draw(string kind, int seed)
        {
            var random = new Random(seed);
            var (isSeparate, isEstimated) = (kind.StartsWith("separate"), kind.EndsWith("estimates"));
            return new Setting(seed, Any(10, 60, 120, 600),
                kind == "tokens" || isEstimated || (kind is "tides" or "separate" && random.Next(4) == 0),
                Any(Announcement.GoDurations, Announcement.WholeSeconds, Announcement.Moments), random.Next(3) == 0,
                Any(1, 1, 2), Any("1/1", "4/1", "3/3/3", "1/1/1/1/1/1", "8/4/2/1/1/1", "20/1"), Any(1.0, 5, 20),
                Any(0, 0.2, 0.5), kind == "tides" ? Any("burst", "pulse") : "steady",
                Any(RateLimitScope.Auto, RateLimitScope.Auto, isSeparate ? RateLimitScope.Auto : RateLimitScope.Key))
            {
                IsSeparate = isSeparate, EstimatedShare = isEstimated ? Any(0.25, 0.4, 0.6, 2.5) : 1,
            };

            T Any<T>(params T[] values) => values[random.Next(values.Length)];
        }
    }
}

using Holdfast.Admission;
using Holdfast.Failover;
using Holdfast.Gateway.Admission;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Tests.Admission;

/// <summary>What was said to one model of a key counts for others no longer, and no less, than it may.</summary>
public sealed class ModelAccountsTests
{
    private const int Calls = 120;
    private const int Tokens = 10_000;

    private static readonly TimeSpan Day = TimeSpan.FromHours(20);

    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Models_that_announce_different_numbers_of_tokens_part_though_their_calls_are_as_many()
    {
        var (models, ring) = Models(2);
        Say(models[0], ring, Told(Calls, 119, Tokens, 9_900));

        Say(models[1], ring, Told(Calls, 119, Tokens / 10, 990));

        Assert.NotSame(PaceOf(models[1], ring), PaceOf(models[0], ring));
    }

    [Fact]
    public void Models_of_different_numbers_of_tokens_stay_apart_whatever_their_calls_look_like()
    {
        var (models, ring) = Models(2);
        for (var left = 119; left > 89; left -= 2)
        {
            Say(models[0], ring, Told(Calls, left, Tokens, 9_900));
            Say(models[1], ring, Told(Calls, left - 1, Tokens / 10, 990));
        }

        Assert.NotSame(PaceOf(models[1], ring), PaceOf(models[0], ring));
    }

    [Fact]
    public void Answers_that_speak_of_tokens_alone_for_once_part_nobody()
    {
        var (models, ring) = Models(2);
        for (var left = 118; left > 98; left -= 2)
        {
            Say(models[0], ring, Told(Calls, left, Tokens, left * 50));
            Say(models[1], ring, new RateLimits(null, Of(Tokens, (left - 1) * 50)));
        }

        Assert.Same(PaceOf(models[1], ring), PaceOf(models[0], ring));
    }

    [Theory]
    [InlineData("Key")]
    [InlineData("Auto")]
    public void After_a_reload_to_limits_by_model_none_waits_for_what_another_was_told(string scope)
    {
        var (models, ring) = Models(2, Enum.Parse<RateLimitScope>(scope));
        Say(models[0], ring, Told(Calls, 119));
        models[1].TryEnter(default, ring, out var entry);
        models[1].TryEnter(default, ring, out var later);
        Say(models[0], ring, Told(Calls, 0, reset: Day));

        Array.ForEach(models, model => model.Configure(CallLimits.None, RateLimitScope.Model));
        models[1].Heard(entry, Told(Calls, 118), Outcome.Ok);

        Assert.True(models[1].TryEnter(default, ring, out _));
        Assert.False(models[0].TryEnter(default, ring, out _));
        models[1].Heard(later, Told(Calls, 117), Outcome.Ok);
        Assert.False(models[0].TryEnter(default, ring, out _));
    }

    [Fact]
    public void After_a_reload_to_limits_by_model_who_stays_does_not_wait_for_what_the_others_were_told()
    {
        var (models, ring) = Models(2);
        Say(models[1], ring, Told(Calls, 118));
        models[0].TryEnter(default, ring, out var entry);
        models[1].TryEnter(default, ring, out var other);
        Array.ForEach(models, model => model.Configure(CallLimits.None, RateLimitScope.Model));

        models[0].Heard(entry, Told(Calls, 0, reset: Day), Outcome.Ok);
        models[1].Heard(other, Told(Calls, 117), Outcome.Ok);

        Assert.True(models[1].TryEnter(default, ring, out _));
        Assert.False(models[0].TryEnter(default, ring, out _));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_model_that_comes_later_lets_nobody_go_to_whom_nothing_is_left(int exhausted)
    {
        var (models, ring) = Models(2);
        Say(models[0], ring, Told(Calls, 119));
        Say(models[1], ring, Told(Calls + 1, 119));
        Assert.NotSame(PaceOf(models[1], ring), PaceOf(models[0], ring));
        Say(models[exhausted], ring, Told(Calls + exhausted, 0));

        PaceOf(Another(), ring);

        Assert.False(models[exhausted].TryEnter(default, ring, out _));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void After_a_reload_to_auto_nobody_goes_to_whom_nothing_is_left(int exhausted)
    {
        var (models, ring) = Models(2, RateLimitScope.Model);
        Say(models[0], ring, Told(Calls, 119));
        Say(models[1], ring, Told(Calls, 119));
        Say(models[exhausted], ring, Told(Calls, 0));

        Array.ForEach(models, model => model.Configure(CallLimits.None, RateLimitScope.Auto));

        Assert.Same(PaceOf(models[1], ring), PaceOf(models[0], ring));
        Assert.False(models[exhausted].TryEnter(default, ring, out _));
    }

    [Fact]
    public void A_reset_by_hand_frees_a_model_that_the_key_does_not_list()
    {
        var (models, ring) = Models(70, RateLimitScope.Model);
        var last = models[^1];
        Say(last, ring, Told(Calls, 0, reset: Day));
        Assert.False(last.TryEnter(default, ring, out _));

        last.Forget();

        Assert.True(last.TryEnter(default, ring, out _));
    }

    private SharedLimits? _shared;

    private (TargetAdmission[], KeyRing) Models(int count, RateLimitScope scope = RateLimitScope.Auto)
    {
        _shared = new SharedLimits(_time);
        var ring = new KeyRing([new ApiKey("one", _time)]);
        var models = Enumerable.Range(0, count).Select(_ => Another(scope)).ToArray();
        Array.ForEach(models, model => PaceOf(model, ring));
        return (models, ring);
    }

    private TargetAdmission Another(RateLimitScope scope = RateLimitScope.Auto)
    {
        var model = new TargetAdmission(_time, _shared!, "one");
        model.Configure(CallLimits.None, scope);
        return model;
    }

    private static KeyPace PaceOf(TargetAdmission admission, KeyRing ring) =>
        admission.Paces.Of(ring.Keys.Single()).Pace;

    private static RateLimitReading Of(int limit, int left, TimeSpan? reset = null) =>
        new(limit, left, reset ?? TimeSpan.FromMinutes(1));

    private static RateLimits Told(int limit, int left, int tokens = 0, int tokensLeft = 0, TimeSpan? reset = null) =>
        new(Of(limit, left, reset), tokens == 0 ? null : Of(tokens, tokensLeft));

    /// <summary>A call begins and is answered at once.</summary>
    private void Say(TargetAdmission admission, KeyRing ring, RateLimits told)
    {
        // Calls of one second may reach the provider in any order.
        _time.Advance(TimeSpan.FromSeconds(1.1));
        Assert.True(admission.TryEnter(default, ring, out var entry));
        admission.Heard(entry, told, Outcome.Ok);
        entry.Place.Settle(Outcome.Ok);
    }
}

using Holdfast.Admission;
using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Routing;

namespace Holdfast.Gateway.Tests.Routing;

public sealed class TargetStatesTests
{
    private static readonly ProviderOptions Provider = new() { Name = "a", Type = "openai" };
    private static readonly ProviderOptions Other = new() { Name = "b", Type = "openai" };

    private readonly ManualTimeProvider _time = new();
    private readonly TargetStates _states;

    public TargetStatesTests() => _states = new TargetStates(_time);

    [Fact]
    public void Isolates_one_model_and_leaves_the_others()
    {
        var x = _states.Configured(Provider, "x");
        var y = _states.Configured(Provider, "y");

        var changed = _states.Isolate("a", "x");

        Assert.Equal([x], changed);
        Assert.Equal((CircuitState.Isolated, CircuitState.Closed), (x.Breaker.State, y.Breaker.State));
        Assert.False(_states.IsIsolated("a"));
    }

    [Fact]
    public void A_model_that_is_called_first_after_its_provider_was_isolated_is_isolated_too()
    {
        _states.Configured(Provider, "x");
        _states.Isolate("a", null);

        Assert.Equal(CircuitState.Isolated, _states.Direct(Provider, "later").Breaker.State);
        Assert.Equal(CircuitState.Isolated, _states.Configured(Provider, "by-a-reload").Breaker.State);
        Assert.Equal(CircuitState.Isolated, _states.Look(Provider, "never").Breaker.State);
        Assert.Equal(CircuitState.Closed, _states.Direct(Other, "later").Breaker.State);
    }

    [Fact]
    public void A_target_that_comes_to_be_known_while_the_mode_changes_is_restricted_like_the_others()
    {
        var limited = Provider with { Queue = CallLimits.None with { MaxConcurrency = 1 } };
        var readings = 0;
        for (var isTold = true; isTold;)
        {
            // The mode changes at each moment in turn at which the new state looks at the clock.
            var clock = new ClockWithNews(++readings);
            var states = new TargetStates(clock);
            clock.News = () => states.Restrict(new AdmissionRestriction { LeastUrgent = AdmissionPriority.High });

            var state = states.Configured(limited, "x");

            isTold = clock.HasTold;
            if (isTold)
                Assert.Equal(AdmissionRefusal.Shed, state.Admission.Look(default, new KeyRing([])).Refusal);
        }

        Assert.True(readings > 1, "nobody looked at the clock");
    }

    [Fact]
    public void A_reset_of_the_provider_brings_all_its_models_back()
    {
        _states.Configured(Provider, "x");
        _states.Isolate("a", null);
        _states.Direct(Provider, "later");

        var changed = _states.Reset("a", null);

        Assert.Equal(["later", "x"], changed.Select(state => state.Model));
        Assert.All(changed, state => Assert.Equal(CircuitState.Closed, state.Breaker.State));
        Assert.Equal(CircuitState.Closed, _states.Direct(Provider, "even-later").Breaker.State);
    }

    [Theory]
    [InlineData(4, 2)]
    [InlineData(600, 30)]
    public void A_target_has_its_whole_share_again_soon_after_its_circuit_has_closed(int recovery, int seconds)
    {
        var breaker = new CircuitBreakerOptions
        {
            FailureThreshold = 1, SuccessThreshold = 1, RecoveryTimeout = TimeSpan.FromSeconds(recovery),
        };
        var state = _states.Configured(Provider with { CircuitBreaker = breaker }, "x");
        state.Breaker.TryAcquire(out var failing);
        failing.Failed();
        _time.Advance(breaker.RecoveryTimeout);
        state.Breaker.TryAcquire(out var probe);
        probe.Succeeded();

        _time.Advance(TimeSpan.FromSeconds(seconds - 0.1));
        var before = state.Ramp.Share;
        _time.Advance(TimeSpan.FromSeconds(0.1));

        Assert.Equal((0.9, 1), (before, state.Ramp.Share));
    }

    [Fact]
    public async Task A_reset_forgets_what_the_provider_said_of_its_limits()
    {
        var keys = new KeyRing([new ApiKey("one", _time)]);
        var admission = _states.Configured(Provider, "x").Admission;
        admission.TryEnter(default, keys, out var entry);
        admission.Heard(entry, new RateLimits(new RateLimitReading(10, 0, TimeSpan.FromSeconds(20)), null), Outcome.Ok);
        Assert.False(admission.Look(default, keys).IsOpen);
        var waiting = admission.WaitAsync(default, keys, default);

        _states.Reset("a", "x");

        Assert.Equal(AdmissionRefusal.None, (await waiting).Refusal);
        Assert.True(admission.TryEnter(default, keys, out _));
    }

    [Fact]
    public void Changes_nothing_for_a_model_that_nobody_knows()
    {
        _states.Configured(Provider, "x");

        Assert.Empty(_states.Isolate("a", "y"));
        Assert.Empty(_states.Reset("b", "x"));
    }

    [Fact]
    public void A_provider_that_is_dropped_and_comes_back_isnt_isolated_any_more()
    {
        _states.Isolate("a", null);

        _states.KeepOnly(new HashSet<(string, string)>(), new HashSet<string> { "b" });

        Assert.Equal(CircuitState.Closed, _states.Configured(Provider, "x").Breaker.State);
    }

    [Fact]
    public void A_look_leaves_no_state()
    {
        _states.Look(Provider, "x");

        Assert.Empty(_states.All);
        Assert.Same(_states.Direct(Provider, "x"), _states.Look(Provider, "x"));
    }

    [Fact]
    public void After_a_reload_direct_models_are_counted_anew()
    {
        foreach (var i in Enumerable.Range(0, TargetStates.MaxUnconfigured))
            _states.Direct(Provider, $"m{i}");
        Assert.Equal(TargetStates.Others, _states.Direct(Other, "one-too-many").Model);

        _states.KeepOnly(new HashSet<(string, string)>(), new HashSet<string> { "b" });

        Assert.Equal("x", _states.Direct(Other, "x").Model);
    }

    [Fact]
    public void A_direct_model_that_a_reload_names_makes_room_for_another()
    {
        foreach (var i in Enumerable.Range(0, TargetStates.MaxUnconfigured))
            _states.Direct(Provider, $"m{i}");

        _states.Configured(Provider, "m0");
        _states.KeepOnly(new HashSet<(string, string)> { ("a", "m0") }, new HashSet<string> { "a" });

        Assert.Equal("new", _states.Direct(Provider, "new").Model);
        Assert.Equal(TargetStates.Others, _states.Direct(Provider, "one-too-many").Model);
    }

    [Theory]
    [InlineData(Outcome.ServerError, true)]
    [InlineData(Outcome.RateLimited, true)]
    [InlineData(Outcome.Cut, true)]
    [InlineData(Outcome.Ok, false)]
    [InlineData(Outcome.Cancelled, false)]
    [InlineData(Outcome.CallerError, false)]
    [InlineData(Outcome.Isolated, false)]
    public void Remembers_failures_of_the_target_only(Outcome outcome, bool isRemembered)
    {
        var state = _states.Configured(Provider, "x");

        state.NoteFailure(outcome);

        Assert.Equal(isRemembered ? new TargetFailure(outcome, _time.GetUtcNow()) : null, state.LastFailure);
    }

    /// <summary>A clock that has something else happen while somebody looks at it for the nth time.</summary>
    private sealed class ClockWithNews(int at) : TimeProvider
    {
        private int _readings;

        public Action? News { get; set; }

        public bool HasTold => _readings >= at;

        public override long GetTimestamp()
        {
            if (++_readings == at)
                News!();
            return 0;
        }

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(GetTimestamp());
    }
}

using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Tests.Calls;
using Holdfast.Health;

namespace Holdfast.Gateway.Tests.Health;

/// <summary>What calls, circuits and checks say of a target's health.</summary>
public sealed class TargetMonitorTests : IDisposable
{
    private readonly Watching _watching = new();

    public void Dispose() => _watching.Dispose();

    [Theory]
    [InlineData(Outcome.Refused)]
    [InlineData(Outcome.Timeout)]
    [InlineData(Outcome.ServerError)]
    [InlineData(Outcome.BadAnswer)]
    [InlineData(Outcome.Cut)]
    [InlineData(Outcome.Auth)]
    [InlineData(Outcome.Quota)]
    [InlineData(Outcome.NotFound)]
    public void Calls_that_fail_through_the_target_make_it_unavailable(Outcome outcome)
    {
        _watching.Watch("x");

        Called(3, outcome);

        Assert.Equal((HealthStatus.Unavailable, outcome.Word()),
            (_watching.Health().Status, _watching.Health().LastError));
    }

    [Theory]
    [InlineData(Outcome.CallerError)]
    [InlineData(Outcome.Cancelled)]
    [InlineData(Outcome.RateLimited)]
    [InlineData(Outcome.Conflict)]
    public void What_is_not_the_targets_failure_says_nothing(Outcome outcome)
    {
        _watching.Watch("x");

        Called(10, outcome);

        Assert.Equal((HealthStatus.Available, null), (_watching.Health().Status, _watching.Health().LastSign));
    }

    [Fact]
    public void An_answer_that_a_route_finds_not_good_enough_says_nothing()
    {
        _watching.Watch("x");

        for (var i = 0; i < 10; i++)
        {
            _watching.Monitor.OnCompleted(Record(Attempt(Outcome.BadAnswer) with { Validation = "too short" }));
        }

        Assert.Equal((HealthStatus.Available, null), (_watching.Health().Status, _watching.Health().LastSign));
    }

    [Fact]
    public void A_target_that_was_not_tried_has_shown_nothing()
    {
        _watching.Watch("x");

        _watching.Monitor.OnCompleted(Record(Attempt(Outcome.CircuitOpen) with { WasSent = false }));

        Assert.Null(_watching.Health().LastSign);
    }

    [Fact]
    public void A_key_that_is_refused_says_nothing_while_another_works()
    {
        _watching.Watch("x");

        for (var i = 0; i < 3; i++)
        {
            _watching.Monitor.OnCompleted(Record(Attempt(Outcome.Auth), Attempt(Outcome.Ok)));
        }

        Assert.Equal((HealthStatus.Available, 0d), (_watching.Health().Status, _watching.Health().ErrorRate));
    }

    [Fact]
    public void Response_times_are_those_until_the_answer_began()
    {
        _watching.Watch("x");

        _watching.Monitor.OnCompleted(Record(Attempt(Outcome.Ok) with
        {
            Answered = TimeSpan.FromMilliseconds(300), Duration = TimeSpan.FromSeconds(20),
        }));

        Assert.Equal(TimeSpan.FromMilliseconds(300), _watching.Health().AverageResponseTime);
    }

    [Fact]
    public void Slow_but_working_is_degraded_where_the_configuration_says_what_slow_is()
    {
        _watching.Check = _watching.Check with { DegradedResponseTime = TimeSpan.FromSeconds(1) };
        _watching.Watch("x");

        for (var i = 0; i < 5; i++)
        {
            _watching.Monitor.OnCompleted(Record(Attempt(Outcome.Ok) with { Answered = TimeSpan.FromSeconds(2) }));
        }

        Assert.Equal(HealthStatus.Degraded, _watching.Health().Status);
    }

    [Fact]
    public void An_open_circuit_is_unhealthy_whatever_a_check_says()
    {
        var breaker = Breaker();
        _watching.Monitor.Watch([_watching.Target(breaker: breaker)]);
        Open(breaker);
        _watching.Monitor.CircuitChanged("p", "x");
        Called(4, Outcome.Ok);

        Assert.Equal((HealthStatus.Unavailable, "the circuit is open"),
            (_watching.Health().Status, _watching.Health().Reason));
    }

    [Fact]
    public void Once_an_open_circuit_would_let_a_probe_in_signs_count_again()
    {
        var breaker = Breaker();
        _watching.Monitor.Watch([_watching.Target(breaker: breaker)]);
        Open(breaker);
        _watching.Monitor.CircuitChanged("p", "x");

        _watching.Time.Advance(TimeSpan.FromSeconds(61));

        Assert.Equal(HealthStatus.Available, _watching.Health().Status);
        Assert.Equal([HealthStatus.Unavailable, HealthStatus.Available],
            _watching.Changes.Select(change => change.To));
    }

    [Fact]
    public void An_isolated_target_is_in_maintenance_until_it_is_reset()
    {
        var breaker = Breaker();
        _watching.Monitor.Watch([_watching.Target(breaker: breaker)]);

        breaker.Isolate();
        _watching.Monitor.CircuitChanged("p", "x");
        Assert.Equal(HealthStatus.Maintenance, _watching.Health().Status);
        breaker.Reset();
        _watching.Monitor.CircuitChanged("p", "x");

        Assert.Equal(HealthStatus.Available, _watching.Health().Status);
    }

    [Fact]
    public void A_target_that_was_isolated_before_it_was_watched_is_in_maintenance()
    {
        var breaker = Breaker();
        breaker.Isolate();

        _watching.Monitor.Watch([_watching.Target(breaker: breaker)]);

        Assert.Equal(HealthStatus.Maintenance, _watching.Health().Status);
    }

    [Fact]
    public async Task One_list_of_models_stands_for_all_targets_of_the_provider()
    {
        _watching.Watch("x", "y", "z");
        var checking = _watching.Monitor.CheckAsync(CancellationToken.None);

        await (await _watching.Server.RequestAsync()).AnswerAsync(200, "{}");
        await checking.SoonAsync();

        Assert.All(["x", "y", "z"], model => Assert.NotNull(_watching.Health(model).LastCheck));
    }

    [Fact]
    public async Task A_check_that_fails_says_why_and_never_in_the_providers_words()
    {
        _watching.Watch("x");
        var checking = _watching.Monitor.CheckAsync(CancellationToken.None);

        await (await _watching.Server.RequestAsync()).AnswerAsync(500, """{"error":{"message":"sk-secret"}}""");
        await checking.SoonAsync();

        Assert.Equal("server_error: status 500", _watching.Health().LastError);
    }

    [Fact]
    public async Task A_provider_that_answers_checks_again_is_tried_soon_however_long_its_circuit_had_come_to_wait()
    {
        var (breaker, other) = (Breaker(), Breaker());
        _watching.Monitor.Watch([_watching.Target(breaker: breaker), _watching.Target("y", other)]);
        OpenForLong(breaker, other);

        await CheckedAsync(503);
        var grown = breaker.RetryAfter;
        await CheckedAsync(200);

        Assert.Equal((240, 60, 60), (
            grown.TotalSeconds, breaker.RetryAfter.TotalSeconds, other.RetryAfter.TotalSeconds));
    }

    [Fact]
    public async Task A_circuit_goes_on_waiting_longer_where_checks_are_answered_and_calls_are_not()
    {
        var breaker = Breaker();
        _watching.Monitor.Watch([_watching.Target(breaker: breaker)]);

        await CheckedAsync(200);
        OpenForLong(breaker);
        await CheckedAsync(200);

        Assert.Equal(240, breaker.RetryAfter.TotalSeconds);
    }

    [Fact]
    public async Task An_idle_target_is_asked_when_its_interval_has_passed()
    {
        _watching.Check = _watching.Check with { Interval = TimeSpan.FromSeconds(30) };
        _watching.Watch("x");
        Called(1, Outcome.Ok);
        using var ending = new CancellationTokenSource();
        var running = _watching.Monitor.RunAsync(ending.Token);

        // The monitor looks every five seconds, and sets its timer anew on another thread.
        for (var seconds = 0; seconds < 30; seconds += 5)
        {
            await _watching.Time.WhenTimerAsync(TimeSpan.FromSeconds(5));
            _watching.Time.Advance(TimeSpan.FromSeconds(5));
        }

        await (await _watching.Server.RequestAsync()).AnswerAsync(200, "{}");

        await ending.CancelAsync();
        await running.SoonAsync();
    }

    [Fact]
    public void A_reload_keeps_what_is_known_and_forgets_what_is_gone()
    {
        _watching.Watch("x", "y");
        Called(3, Outcome.Refused);

        _watching.Watch("x", "z");

        Assert.Equal(HealthStatus.Unavailable, _watching.Health().Status);
        Assert.Null(_watching.Monitor.Of("p", "y"));
        Assert.Equal(HealthStatus.Available, _watching.Health("z").Status);
    }

    [Fact]
    public void A_target_that_no_route_names_is_not_watched()
    {
        _watching.Watch("x");

        _watching.Monitor.OnCompleted(Record(Attempt(Outcome.Ok) with { Model = "y" }));
        _watching.Monitor.CircuitChanged("p", "y");

        Assert.Null(_watching.Monitor.Of("p", "y"));
    }

    private async Task CheckedAsync(int status)
    {
        var checking = _watching.Monitor.CheckAsync(CancellationToken.None);
        await (await _watching.Server.RequestAsync()).AnswerAsync(status, "{}");
        await checking.SoonAsync();
    }

    /// <summary>They have just opened again for the second time.</summary>
    private void OpenForLong(params CircuitBreaker[] breakers)
    {
        Array.ForEach(breakers, Open);
        for (var probe = 0; probe < 2; probe++)
        {
            _watching.Time.Advance(breakers[0].RetryAfter);
            foreach (var breaker in breakers)
            {
                breaker.TryAcquire(out var permit);
                permit.Failed();
            }
        }
    }

    private CircuitBreaker Breaker() => new("p/x", new CircuitBreakerOptions(), _watching.Time);

    private static void Open(CircuitBreaker breaker)
    {
        for (var i = 0; i < 5; i++)
        {
            breaker.TryAcquire(out var permit);
            permit.Failed();
        }
    }

    private void Called(int times, Outcome outcome)
    {
        for (var i = 0; i < times; i++)
        {
            _watching.Monitor.OnCompleted(Record(Attempt(outcome)));
        }
    }

    private static AttemptRecord Attempt(Outcome outcome) => new("p", "x", outcome, TimeSpan.Zero, WasSent: true);

    private static CallRecord Record(params AttemptRecord[] attempts)
    {
        var record = new CallRecord(ChatCall.Of(ChatCall.Plain));
        foreach (var attempt in attempts)
        {
            record.Add(attempt);
        }

        return record;
    }
}

using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Routing;
using Holdfast.Gateway.Tests.Calls;
using Holdfast.Timeouts;

namespace Holdfast.Gateway.Tests.Routing;

public sealed class CallEndingTests
{
    private readonly CallEnding _ending = new();

    [Theory]
    [InlineData(Outcome.Refused)]
    [InlineData(Outcome.Timeout)]
    [InlineData(Outcome.ServerError)]
    [InlineData(Outcome.BadAnswer)]
    [InlineData(Outcome.Conflict)]
    [InlineData(Outcome.Quota)]
    [InlineData(Outcome.Auth)]
    public void What_was_tried_and_failed_is_a_502(Outcome outcome)
    {
        _ending.Saw(new ProviderFault(outcome, "why"));

        var error = End();

        Assert.Equal((502, "upstream_error", "all_targets_failed"), (error.Status, error.Type, error.Code));
        Assert.Contains($"{outcome.Word()}: why", error.Message);
        Assert.True(error.DoNotRetry);
        Assert.Equal(outcome.IsRecoverable() ? "1" : null, error.RetryAfterSeconds);
        Assert.Equal(outcome, _ending.Outcome);
    }

    [Fact]
    public void All_rate_limited_is_a_429_with_the_soonest_delay()
    {
        _ending.Saw(Fault(Outcome.RateLimited) with { RetryAfter = TimeSpan.FromSeconds(20) });
        _ending.Saw(Fault(Outcome.RateLimited) with { RetryAfter = TimeSpan.FromSeconds(9) });
        _ending.Saw(new SkippedTarget(2, Outcome.RateLimited, TimeSpan.FromSeconds(12)));

        var error = End();

        Assert.Equal((429, "rate_limit_error", "upstream_rate_limited"), (error.Status, error.Type, error.Code));
        Assert.Equal(TimeSpan.FromSeconds(9), error.RetryAfter);
        Assert.False(error.DoNotRetry);
    }

    [Fact]
    public void A_429_after_repeats_of_the_gateways_own_asks_for_none_by_the_client()
    {
        _ending.Saw(Fault(Outcome.RateLimited));
        _ending.Saw(Fault(Outcome.RateLimited), isRepeat: true);

        Assert.Equal((429, true, "1"), (End().Status, End().DoNotRetry, End().RetryAfterSeconds));
    }

    [Fact]
    public void All_cooling_down_is_a_429_too()
    {
        _ending.Saw(new SkippedTarget(0, Outcome.RateLimited, TimeSpan.FromSeconds(12)));

        Assert.Equal((429, TimeSpan.FromSeconds(12)), (End().Status, End().RetryAfter!.Value));
    }

    [Fact]
    public void Without_a_known_delay_it_is_a_second()
    {
        _ending.Saw(Fault(Outcome.RateLimited));

        Assert.Equal(TimeSpan.FromSeconds(1), End().RetryAfter);
    }

    [Theory]
    [InlineData(Outcome.RateLimited, Outcome.ServerError, 502)]
    [InlineData(Outcome.ServerError, Outcome.RateLimited, 502)]
    [InlineData(Outcome.NotFound, Outcome.ServerError, 502)]
    [InlineData(Outcome.ServerError, Outcome.NotFound, 502)]
    [InlineData(Outcome.NotFound, Outcome.NotFound, 404)]
    [InlineData(Outcome.RateLimited, Outcome.Auth, 502)]
    [InlineData(Outcome.ServerError, Outcome.CallerError, 400)]
    [InlineData(Outcome.RateLimited, Outcome.Cancelled, 504)]
    public void Mixtures_end_as_the_table_says(Outcome first, Outcome second, int status)
    {
        _ending.Saw(Fault(first));
        _ending.Saw(Fault(second));

        Assert.Equal(status, End().Status);
    }

    [Fact]
    public void Rate_limited_beside_an_open_circuit_is_a_502()
    {
        _ending.Saw(new SkippedTarget(0, Outcome.CircuitOpen, TimeSpan.FromSeconds(30)));
        _ending.Saw(Fault(Outcome.RateLimited));

        Assert.Equal(502, End().Status);
    }

    [Theory]
    [InlineData(Outcome.CircuitOpen, "circuit_open", 25)]
    [InlineData(Outcome.Isolated, "isolated", 60)]
    [InlineData(Outcome.Held, "held", 25)]
    public void When_nothing_could_be_tried_it_is_a_503(Outcome why, string code, int retryAfter)
    {
        _ending.Saw(new SkippedTarget(0, why, TimeSpan.FromSeconds(40)));
        _ending.Saw(new SkippedTarget(1, why, TimeSpan.FromSeconds(25)));

        var error = End();

        Assert.Equal((503, "service_unavailable", code), (error.Status, error.Type, error.Code));
        Assert.Equal(TimeSpan.FromSeconds(retryAfter), error.RetryAfter);
        Assert.True(error.DoNotRetry);
        Assert.Equal(why, _ending.Outcome);
    }

    [Theory]
    [InlineData(Outcome.Saturated)]
    [InlineData(Outcome.Held)]
    [InlineData(Outcome.CircuitOpen)]
    public void When_nothing_was_tried_and_a_target_is_at_its_limit_it_is_a_429(Outcome other)
    {
        _ending.Saw(new SkippedTarget(0, other, TimeSpan.FromSeconds(40)));
        _ending.Saw(new SkippedTarget(1, Outcome.Saturated, TimeSpan.FromSeconds(25)));

        var error = End();

        Assert.Equal((429, "rate_limit_error", "queue_full"), (error.Status, error.Type, error.Code));
        Assert.Equal(TimeSpan.FromSeconds(25), error.RetryAfter);
        Assert.False(error.DoNotRetry);
        Assert.Equal(Outcome.Saturated, _ending.Outcome);
    }

    [Fact]
    public void Beside_a_failure_a_target_at_its_limit_changes_nothing()
    {
        _ending.Saw(new SkippedTarget(0, Outcome.Saturated, TimeSpan.FromSeconds(30)));
        _ending.Saw(Fault(Outcome.ServerError));

        Assert.Equal(502, End().Status);
    }

    [Fact]
    public void Of_several_reasons_an_open_circuit_is_named()
    {
        _ending.Saw(new SkippedTarget(0, Outcome.Held, TimeSpan.FromSeconds(300)));
        _ending.Saw(new SkippedTarget(1, Outcome.CircuitOpen, TimeSpan.FromSeconds(30)));

        Assert.Equal(("circuit_open", Outcome.CircuitOpen), (End().Code, _ending.Outcome));
    }

    [Fact]
    public void A_target_that_was_passed_over_is_new_only_once()
    {
        Assert.True(_ending.Saw(new SkippedTarget(1, Outcome.CircuitOpen, default)));
        Assert.False(_ending.Saw(new SkippedTarget(1, Outcome.CircuitOpen, default)));
    }

    [Fact]
    public void A_callers_mistake_is_passed_on_in_the_providers_words()
    {
        _ending.Saw(new ProviderFault(Outcome.CallerError, "temperature is too hot")
        {
            Status = 422, Type = "t", Code = "c", Param = "temperature",
        });

        var error = End();

        Assert.Equal(new CallError(422, "t", "c", "temperature is too hot") { Param = "temperature" }, error);
    }

    [Fact]
    public void An_unknown_model_is_passed_on()
    {
        _ending.Saw(new ProviderFault(Outcome.NotFound, "no such model") { Status = 404 });

        var error = End();

        Assert.Equal((404, "invalid_request_error", "model_not_found"), (error.Status, error.Type, error.Code));
        Assert.False(error.DoNotRetry);
    }

    [Fact]
    public void What_no_target_can_do_is_a_400_that_names_the_field()
    {
        _ending.Saw(ProviderFault.Unsupported(new UnsupportedFieldException("n", "n: must be 1")));
        _ending.Saw(ProviderFault.Unsupported(new UnsupportedFieldException("n", "n: must be 1")));

        Assert.Equal((400, "n"), (End().Status, End().Param));
    }

    [Fact]
    public void What_one_target_cannot_do_counts_little_when_another_failed()
    {
        _ending.Saw(Fault(Outcome.ServerError));
        _ending.Saw(ProviderFault.Unsupported(new UnsupportedFieldException("n", "n: must be 1")));

        Assert.Equal(502, End().Status);
    }

    [Fact]
    public void Nobody_is_blamed_for_a_field_while_another_target_only_rests()
    {
        _ending.Saw(ProviderFault.Unsupported(new UnsupportedFieldException("n", "n: must be 1")));
        _ending.Saw(new SkippedTarget(1, Outcome.CircuitOpen, TimeSpan.FromSeconds(3)));

        var error = End();

        Assert.Equal((503, "circuit_open"), (error.Status, error.Code));
    }

    [Fact]
    public void A_deadline_that_has_passed_is_a_504()
    {
        _ending.Saw(Fault(Outcome.ServerError));

        var error = _ending.ToError(false, Deadline.After(TimeSpan.Zero, new ManualTimeProvider()), false);

        Assert.Equal((504, "timeout_error", "deadline_exceeded"), (error.Status, error.Type, error.Code));
        Assert.Equal((true, Outcome.Timeout), (error.DoNotRetry, _ending.Outcome));
    }

    [Fact]
    public void The_callers_own_deadline_is_nobodys_failure()
    {
        var passed = Deadline.After(TimeSpan.Zero, new ManualTimeProvider());

        var error = _ending.ToError(deadlineIsCallers: true, passed, false);

        Assert.Equal((504, Outcome.Cancelled), (error.Status, _ending.Outcome));
    }

    [Fact]
    public void Nobody_hears_the_end_of_a_call_whose_caller_has_left()
    {
        _ending.Saw(Fault(Outcome.ServerError));

        Assert.Equal(499, _ending.ToError(false, Deadline.None, callerLeft: true).Status);
        Assert.Equal(Outcome.Cancelled, _ending.Outcome);
    }

    private static ProviderFault Fault(Outcome outcome) =>
        new(outcome, "why") { Status = outcome == Outcome.NotFound ? 404 : null };

    private CallError End() => _ending.ToError(false, Deadline.None, callerLeft: false);
}

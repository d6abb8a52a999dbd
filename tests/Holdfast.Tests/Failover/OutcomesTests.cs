using Holdfast.CircuitBreaking;
using Holdfast.Failover;

namespace Holdfast.Tests.Failover;

public class OutcomesTests
{
    [Theory]
    [InlineData(Outcome.Ok, "ok", "Success Never stop")]
    [InlineData(Outcome.Refused, "refused", "Failure Yes next NETWORK_ERROR")]
    [InlineData(Outcome.Timeout, "timeout", "Failure Yes next TIMEOUT_ERROR")]
    [InlineData(Outcome.ServerError, "server_error", "Failure Yes next MODEL_ERROR")]
    [InlineData(Outcome.BadAnswer, "bad_answer", "Failure Yes next VALIDATION_ERROR")]
    [InlineData(Outcome.Cut, "cut", "Failure Never next NETWORK_ERROR")]
    [InlineData(Outcome.Conflict, "conflict", "None Yes next MODEL_ERROR")]
    [InlineData(Outcome.RateLimited, "rate_limited", "None IfNothingElse next MODEL_ERROR")]
    [InlineData(Outcome.Quota, "quota", "None Never next MODEL_ERROR")]
    [InlineData(Outcome.Auth, "auth", "None Never next MODEL_ERROR")]
    [InlineData(Outcome.NotFound, "not_found", "None Never next MODEL_ERROR")]
    [InlineData(Outcome.CallerError, "caller_error", "None Never stop VALIDATION_ERROR")]
    [InlineData(Outcome.Cancelled, "cancelled", "GivenBack Never stop")]
    [InlineData(Outcome.CircuitOpen, "circuit_open", "None Never next CIRCUIT_BREAKER_ERROR")]
    [InlineData(Outcome.Saturated, "saturated", "None Never next MODEL_ERROR")]
    [InlineData(Outcome.Held, "held", "None Never next MODEL_ERROR")]
    [InlineData(Outcome.Isolated, "isolated", "None Never next CIRCUIT_BREAKER_ERROR")]
    public void Each_outcome_has_its_line(Outcome outcome, string word, string line)
    {
        var rule = outcome.Rule();

        var told = $"{rule.Circuit} {rule.Repeat} {(rule.NextTarget ? "next" : "stop")} {rule.Category.Code()}";
        Assert.Equal(line, told.TrimEnd());
        Assert.Equal(word, rule.Word);
        Assert.Equal(word, outcome.Word());
    }

    [Fact]
    public void There_is_a_line_for_each_outcome_and_each_word_is_used_once()
    {
        var words = Enum.GetValues<Outcome>().Select(outcome => outcome.Word()).ToList();

        Assert.Equal(words.Count, words.Distinct().Count());
    }

    [Fact]
    public void The_reasons_for_not_trying_are_no_attempts()
    {
        var reasons = Enum.GetValues<Outcome>().Where(outcome => !outcome.IsAttempt());

        Assert.Equal([Outcome.CircuitOpen, Outcome.Saturated, Outcome.Held, Outcome.Isolated], reasons);
    }

    [Fact]
    public void Waiting_helps_unless_somebody_has_to_put_something_right()
    {
        var final = Enum.GetValues<Outcome>().Where(outcome => !outcome.IsRecoverable());

        Assert.Equal(
            [
                Outcome.Ok, Outcome.Quota, Outcome.Auth, Outcome.NotFound, Outcome.CallerError, Outcome.Cancelled,
            ],
            final);
    }

    [Theory]
    [InlineData(Outcome.Ok, CircuitState.Closed)]
    [InlineData(Outcome.Timeout, CircuitState.Open)]
    [InlineData(Outcome.Auth, CircuitState.HalfOpen)]
    [InlineData(Outcome.Cancelled, CircuitState.HalfOpen)]
    public void Settles_a_probes_permit_as_the_table_says(Outcome outcome, CircuitState expected)
    {
        var time = new ManualTimeProvider();
        var breaker = new CircuitBreaker("a", new() { FailureThreshold = 1, SuccessThreshold = 1 }, time);
        breaker.TryAcquire(out var first);
        first.Settle(Outcome.ServerError);
        time.Advance(breaker.RetryAfter);
        breaker.TryAcquire(out var probe);

        probe.Settle(outcome);

        Assert.Equal(expected, breaker.State);
        Assert.Equal(outcome != Outcome.Timeout, breaker.IsAvailable);
    }
}

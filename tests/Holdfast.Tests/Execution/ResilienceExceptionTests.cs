using Holdfast.Execution;
using Holdfast.Failover;

namespace Holdfast.Tests.Execution;

public class ResilienceExceptionTests
{
    private static readonly AttemptReport Slow = new("a/x", Outcome.Timeout, TimeSpan.FromSeconds(2));
    private static readonly AttemptReport Open = new("b/y", Outcome.CircuitOpen, TimeSpan.Zero);

    private static readonly AttemptReport Broken = new("c/z", Outcome.Refused, TimeSpan.FromSeconds(1))
    {
        Exception = new IOException("reset"),
        IsRepeat = true,
    };

    [Fact]
    public void An_open_circuit_says_when_to_come_back()
    {
        var thrown = new CircuitOpenException("a/x", TimeSpan.FromSeconds(1.5));

        Assert.Equal("a/x: the circuit is open, try again in 1.5 s", thrown.Message);
        Assert.Equal(("CIRCUIT_BREAKER_ERROR", "a/x", true), Told(thrown));
        Assert.Equal(TimeSpan.FromSeconds(1.5), thrown.RetryAfter);
        Assert.Empty(thrown.Attempts);
    }

    [Fact]
    public void An_isolated_circuit_says_that_somebody_has_to_reset_it() => Assert.Equal(
        "a/x: the circuit is isolated until somebody resets it",
        new CircuitOpenException("a/x", TimeSpan.MaxValue).Message);

    [Theory]
    [InlineData(Outcome.NotFound, "MODEL_ERROR", false)]
    [InlineData(Outcome.Saturated, "MODEL_ERROR", true)]
    [InlineData(Outcome.Isolated, "CIRCUIT_BREAKER_ERROR", true)]
    [InlineData(Outcome.Cancelled, "MODEL_ERROR", false)]
    public void An_unavailable_model_says_why(Outcome why, string code, bool recoverable)
    {
        var thrown = new ModelUnavailableException("a/x", why, new([Slow]));

        Assert.Equal((code, "a/x", recoverable), Told(thrown));
        Assert.Equal($"a/x: unavailable ({why.Word()})", thrown.Message);
        Assert.Equal(why, thrown.Why);
        Assert.Same(Slow, Assert.Single(thrown.Attempts));
    }

    [Fact]
    public void When_all_failed_the_whole_trail_is_told()
    {
        var thrown = new AllModelsFailedException(new([Slow, Open, Broken]));

        Assert.Equal("every target failed: a/x:timeout,b/y:circuit_open,c/z:refused", thrown.Message);
        Assert.Equal(("FALLBACK_ERROR", null, true), Told(thrown));
        Assert.Same(Broken.Exception, thrown.InnerException);
        Assert.Equal(2, thrown.Attempts.SentCount);
    }

    [Fact]
    public void Without_targets_nothing_is_recoverable()
    {
        var thrown = new AllModelsFailedException(AttemptTrail.Empty);

        Assert.Equal(("FALLBACK_ERROR", null, false), Told(thrown));
        Assert.Equal("there was no target to try", thrown.Message);
    }

    [Fact]
    public void Exhausted_retries_carry_the_code_of_the_last_attempt()
    {
        var thrown = new RetryExhaustedException("a/x", new([Slow, Broken]));
        var empty = new RetryExhaustedException("a/x", AttemptTrail.Empty);

        Assert.Equal(("NETWORK_ERROR", "a/x", true), Told(thrown));
        Assert.Equal("a/x: 2 attempts failed: a/x:timeout,c/z:refused", thrown.Message);
        Assert.Equal(("MODEL_ERROR", "a/x", false), Told(empty));
    }

    [Fact]
    public void Every_failed_attempt_has_one_of_the_codes()
    {
        string[] codes =
        [
            "NETWORK_ERROR", "MODEL_ERROR", "TIMEOUT_ERROR", "VALIDATION_ERROR", "CIRCUIT_BREAKER_ERROR",
            "FALLBACK_ERROR",
        ];

        foreach (var outcome in Enum.GetValues<Outcome>().Except([Outcome.Ok, Outcome.Cancelled]))
            Assert.Contains(new AttemptReport("a/x", outcome, TimeSpan.Zero).Code, codes);

        Assert.Equal("", new AttemptReport("a/x", Outcome.Ok, TimeSpan.Zero).Code);
        Assert.Equal("", new AttemptReport("a/x", Outcome.Cancelled, TimeSpan.Zero).Code);
    }

    [Fact]
    public void A_report_was_sent_unless_its_outcome_is_none_of_an_attempt()
    {
        Assert.True(Slow.WasSent);
        Assert.False(Open.WasSent);
        Assert.False((Slow with { WasSent = false }).WasSent);
    }

    [Fact]
    public void A_trail_is_a_copy()
    {
        var reports = new List<AttemptReport> { Slow };
        var trail = new AttemptTrail(reports);

        reports.Add(Open);

        Assert.Equal([Slow], trail);
        Assert.Same(Slow, trail[0]);
    }

    [Fact]
    public void Every_exception_is_caught_as_one()
    {
        ResilienceException[] all =
        [
            new CircuitOpenException("a", TimeSpan.Zero), new ModelUnavailableException("a", Outcome.Auth),
            new AllModelsFailedException(AttemptTrail.Empty), new RetryExhaustedException("a", AttemptTrail.Empty),
            new("late", ErrorCategory.Timeout, inner: new TimeoutException()),
        ];

        Assert.All(all, one => Assert.NotEqual("", one.Code));
        Assert.Throws<ArgumentNullException>(() => new AllModelsFailedException(null!));
        Assert.Throws<ArgumentNullException>(() => new CircuitOpenException(null!, TimeSpan.Zero));
    }

    private static (string Code, string? Model, bool IsRecoverable) Told(ResilienceException thrown) =>
        (thrown.Code, thrown.Model, thrown.IsRecoverable);
}

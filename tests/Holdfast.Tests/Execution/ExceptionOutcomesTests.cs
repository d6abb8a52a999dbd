using Holdfast.Admission;
using Holdfast.CircuitBreaking;
using Holdfast.Execution;
using Holdfast.Extensions.AI;
using Holdfast.Failover;

namespace Holdfast.Tests.Execution;

/// <summary>What a protected call means to the one around it.</summary>
public class ExceptionOutcomesTests
{
    [Fact]
    public async Task Bad_arguments_of_an_operation_within_another_open_no_circuit()
    {
        var operations = new ResilientOperations(new ManualTimeProvider(), new Random(1));
        var inner = operations.Register("inner", [new OperationTarget<int>("x", _ => throw new ArgumentException())]);
        var outer = operations.Register(
            "outer", [new OperationTarget<int>("a", async token => (await inner.ExecuteAsync(token)).Value)]);

        for (var i = 0; i < 6; i++)
            await Assert.ThrowsAsync<ResilienceException>(async () => await outer.ExecuteAsync());

        Assert.Equal(CircuitState.Closed, outer.GetHealth().Targets[0].Circuit.State);
    }

    [Fact]
    public void The_callers_mistake_stays_the_callers_however_deep_it_is_found()
    {
        var mistake = new ResilienceException("a: bad", ErrorCategory.Validation);
        var answer = new ResilienceException("a: bad", ErrorCategory.Validation, isRecoverable: true);

        Assert.Equal(Outcome.CallerError, Of(mistake));
        Assert.Equal(Outcome.BadAnswer, Of(answer));
        Assert.Equal(Outcome.CallerError, OfSdk(mistake));
        Assert.Equal(Outcome.BadAnswer, OfSdk(answer));
    }

    [Theory]
    [InlineData(ErrorCategory.Timeout, Outcome.Timeout)]
    [InlineData(ErrorCategory.Network, Outcome.Refused)]
    [InlineData(ErrorCategory.Model, Outcome.ServerError)]
    public void A_category_without_a_trail_says_who_failed(ErrorCategory category, Outcome means)
    {
        Assert.Equal(means, Of(new ResilienceException("a", category, isRecoverable: true)));
        Assert.Equal(means, OfSdk(new ResilienceException("a", category, isRecoverable: true)));
    }

    [Fact]
    public void A_target_given_up_below_failed_as_its_last_attempt_did()
    {
        Assert.Equal(Outcome.Timeout, Of(new RetryExhaustedException("a", Trail(Outcome.Refused, Outcome.Timeout))));
        Assert.Equal(Outcome.Conflict, Of(new RetryExhaustedException("a", Trail(Outcome.Conflict))));
        Assert.Equal(Outcome.Quota, Of(new ModelUnavailableException("a", Outcome.Quota)));
        Assert.Equal(Outcome.ServerError, Of(new AllModelsFailedException(Trail(Outcome.Refused, Outcome.Timeout))));
    }

    [Fact]
    public void A_target_kept_away_from_below_is_left_alone_for_a_while_and_not_blamed()
    {
        Assert.Equal(Outcome.RateLimited, Of(new CircuitOpenException("a", TimeSpan.FromSeconds(60))));
        Assert.Equal(Outcome.RateLimited, Of(new ModelUnavailableException("a", Outcome.Held)));
        Assert.Equal(
            Outcome.RateLimited, Of(new AllModelsFailedException(Trail(Outcome.CircuitOpen, Outcome.Isolated))));
        Assert.Equal(Outcome.ServerError, Of(new AllModelsFailedException(AttemptTrail.Empty)));
    }

    [Theory]
    [InlineData(AdmissionRefusal.QueueFull)]
    [InlineData(AdmissionRefusal.Shed)]
    [InlineData(AdmissionRefusal.WouldBeLate)]
    [InlineData(AdmissionRefusal.TimedOut)]
    public void A_call_that_a_queue_below_did_not_let_in_was_no_attempt(AdmissionRefusal refusal)
    {
        var refused = new AdmissionRefusedException(refusal, TimeSpan.FromSeconds(1));

        Assert.Equal(Outcome.Saturated, Of(refused));
        Assert.Equal(Outcome.Saturated, OfSdk(refused));
    }

    private static Outcome Of(Exception exception) => ExceptionOutcomes.Of(exception);

    private static Outcome OfSdk(Exception exception) =>
        SdkExceptionOutcomes.Classify(exception, ManualTimeProvider.Epoch).Outcome;

    private static AttemptTrail Trail(params Outcome[] outcomes) =>
        new(outcomes.Select(outcome => new AttemptReport("a", outcome, TimeSpan.Zero)));
}

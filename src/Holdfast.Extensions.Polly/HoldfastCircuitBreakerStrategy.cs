using Holdfast.CircuitBreaking;
using Holdfast.Execution;
using Holdfast.Telemetry;
using Polly;
using Polly.CircuitBreaker;
using Ending = Holdfast.Failover.Outcome;

namespace Holdfast.Extensions.Polly;

/// <summary>The circuit breaker as a strategy: a permit for each execution, settled by its outcome.</summary>
internal sealed class HoldfastCircuitBreakerStrategy<TResult>(CircuitBreaker breaker,
    Func<CircuitBreakerPredicateArguments<TResult>, ValueTask<bool>> shouldHandle, CallTelemetry telemetry,
    TimeProvider time) : ResilienceStrategy<TResult>
{
    protected override async ValueTask<Outcome<TResult>> ExecuteCore<TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state)
    {
        var stays = context.ContinueOnCapturedContext;
        if (!breaker.TryAcquire(out var permit))
            return Outcome.FromException<TResult>(new CircuitOpenException(breaker.Name, breaker.RetryAfter));
        using var span = telemetry.StartAttempt(breaker.Name);
        var started = time.GetTimestamp();
        try
        {
            var outcome = await callback(context, state).ConfigureAwait(stays);
            var isFailure = await shouldHandle(new CircuitBreakerPredicateArguments<TResult>(context, outcome))
                .ConfigureAwait(stays);
            Settle(permit, outcome, isFailure, context.CancellationToken);
            var ending = Judge(outcome, isFailure, context.CancellationToken);
            telemetry.AttemptEnded(breaker.Name, ending, time.GetElapsedTime(started), outcome.Exception);
            CallTelemetry.EndAttempt(span, ending, outcome.Exception);
            return outcome;
        }
        catch
        {
            // A defect of a callback or of the predicate: it must not cost the target a probe.
            permit.Abandoned();
            throw;
        }
    }

    private static void Settle(
        CircuitPermit permit, Outcome<TResult> outcome, bool isFailure, CancellationToken cancellation)
    {
        if (outcome.Exception is not null && (!isFailure || cancellation.IsCancellationRequested))
            permit.Abandoned();
        else if (isFailure)
            permit.Failed();
        else
            permit.Succeeded();
    }

    private static Ending Judge(in Outcome<TResult> outcome, bool isFailure, CancellationToken cancellation) =>
        outcome.Exception is null ? isFailure ? Ending.BadAnswer : Ending.Ok
        : cancellation.IsCancellationRequested ? Ending.Cancelled
        : isFailure ? Ending.ServerError : Ending.CallerError;
}

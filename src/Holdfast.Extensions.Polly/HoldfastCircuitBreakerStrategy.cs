using Holdfast.CircuitBreaking;
using Holdfast.Execution;
using Polly;
using Polly.CircuitBreaker;

namespace Holdfast.Extensions.Polly;

/// <summary>The circuit breaker as a strategy: a permit for each execution, settled by its outcome.</summary>
internal sealed class HoldfastCircuitBreakerStrategy<TResult>(CircuitBreaker breaker,
    Func<CircuitBreakerPredicateArguments<TResult>, ValueTask<bool>> shouldHandle) : ResilienceStrategy<TResult>
{
    protected override async ValueTask<Outcome<TResult>> ExecuteCore<TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state)
    {
        var stays = context.ContinueOnCapturedContext;
        if (!breaker.TryAcquire(out var permit))
            return Outcome.FromException<TResult>(new CircuitOpenException(breaker.Name, breaker.RetryAfter));
        try
        {
            var outcome = await callback(context, state).ConfigureAwait(stays);
            var isFailure = await shouldHandle(new CircuitBreakerPredicateArguments<TResult>(context, outcome))
                .ConfigureAwait(stays);
            Settle(permit, outcome, isFailure, context.CancellationToken);
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
}

using System.Diagnostics;
using Holdfast.CircuitBreaking;
using Holdfast.Execution;
using Holdfast.Failover;
using Holdfast.Telemetry;
using Polly;
using Polly.CircuitBreaker;
using CircuitState = Holdfast.CircuitBreaking.CircuitState;
using Outcome = Polly.Outcome;
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
        using var call = telemetry.StartCall();
        if (!breaker.TryAcquire(out var permit))
            return Refused(call);
        using var span = telemetry.StartAttempt(breaker.Name);
        var started = time.GetTimestamp();
        try
        {
            var outcome = await callback(context, state).ConfigureAwait(stays);
            var isFailure = await shouldHandle(new CircuitBreakerPredicateArguments<TResult>(context, outcome))
                .ConfigureAwait(stays);
            var ending = Judge(outcome, isFailure, context.CancellationToken);
            permit.Settle(ending);
            var took = time.GetElapsedTime(started);
            telemetry.AttemptEnded(breaker.Name, ending, took, outcome.Exception);
            CallTelemetry.EndAttempt(span, ending, outcome.Exception);
            if (ending == Ending.Ok)
                telemetry.CallSucceeded(call, breaker.Name, took);
            else
                telemetry.CallEnded(call, ending, took, TrailOf(ending, took, outcome.Exception), false);
            return outcome;
        }
        catch
        {
            // A defect of a callback or of the predicate: it must not cost the target a probe.
            permit.Abandoned();
            throw;
        }
    }

    private Outcome<TResult> Refused(Activity? call)
    {
        var retryAfter = breaker.RetryAfter;
        var why = breaker.State == CircuitState.Isolated ? Ending.Isolated : Ending.CircuitOpen;
        telemetry.CallEnded(call, why, TimeSpan.Zero, TrailOf(why, TimeSpan.Zero, null), false);
        return Outcome.FromException<TResult>(new CircuitOpenException(breaker.Name, retryAfter));
    }

    private AttemptTrail TrailOf(Ending ending, TimeSpan took, Exception? exception) =>
        new([new AttemptReport(breaker.Name, ending, took) { Exception = exception, Message = exception?.Message }]);

    // The cancellation first: what fails after the caller has left says nothing about the target.
    private static Ending Judge(in Outcome<TResult> outcome, bool isFailure, CancellationToken cancellation) =>
        outcome.Exception is null && !isFailure ? Ending.Ok
        : cancellation.IsCancellationRequested ? Ending.Cancelled
        : !isFailure ? Ending.CallerError
        : outcome.Exception is null ? Ending.BadAnswer : Ending.ServerError;
}

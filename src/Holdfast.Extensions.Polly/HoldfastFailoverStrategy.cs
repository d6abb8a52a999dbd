using Holdfast.CircuitBreaking;
using Holdfast.Execution;
using Holdfast.Failover;
using Holdfast.Retrying;
using Holdfast.Telemetry;
using Holdfast.Timeouts;
using Polly;
using Outcome = Polly.Outcome;

namespace Holdfast.Extensions.Polly;

/// <summary>Failover as a strategy: the pipeline's own callback first, then the other targets by priority.</summary>
internal sealed class HoldfastFailoverStrategy<TResult> : ResilienceStrategy<TResult>
{
    private readonly HoldfastFailoverStrategyOptions<TResult> _options;
    private readonly TimeProvider _time;
    private readonly Backoff _backoff;
    private readonly FailoverTarget<TResult>[] _others;
    private readonly CircuitBreaker[] _breakers;
    private readonly Cooldown[] _cooldowns;
    private readonly CallTelemetry _telemetry;

    public HoldfastFailoverStrategy(HoldfastFailoverStrategyOptions<TResult> options, TimeProvider time)
    {
        _options = options;
        _time = time;
        _telemetry = new CallTelemetry(options.Name ?? "failover", options.Logger);
        // Without a seed, another one for each strategy, so that many processes don't jitter alike.
        _backoff = new Backoff(new Random(options.RandomSeed ?? Guid.NewGuid().GetHashCode()));
        _others = [.. options.Targets.OrderBy(target => target.Priority)];
        _breakers =
        [
            options.PrimaryBreaker ?? BreakerOf(options.PrimaryName),
            .. _others.Select(target => target.Breaker ?? BreakerOf(target.Name)),
        ];
        _cooldowns = [.. _breakers.Select(_ => new Cooldown(time))];
    }

    protected override async ValueTask<Outcome<TResult>> ExecuteCore<TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state)
    {
        var plan = new AttemptPlan(_breakers.Length, _options.Retry, _backoff);
        var call = new FailoverExecution<TResult>(
            _options, plan, _breakers, _cooldowns, target => AskAsync(target, callback, context, state), context,
            _telemetry, _time);
        using var span = _telemetry.StartCall();
        var started = _time.GetTimestamp();
        var result = await FailoverLoop.RunAsync<FailoverExecution<TResult>, Outcome<TResult>>(
            call, plan, FailoverLaunch.OnFailure, Deadline.None, _time, context.CancellationToken)
            .ConfigureAwait(context.ContinueOnCapturedContext);
        var trail = call.Trail();
        _telemetry.CallEnded(
            span, EndingOf(result.IsSuccess, trail), _time.GetElapsedTime(started), trail, result.Target > 0);
        _options.OnCompleted?.Invoke(trail);
        if (result.IsSuccess)
            return result.Answer;
        if (call.Ended is { } ended)
            return ended;
        return Outcome.FromException<TResult>(context.CancellationToken.IsCancellationRequested
            ? new OperationCanceledException(context.CancellationToken)
            : new AllModelsFailedException(trail));
    }

    private static Holdfast.Failover.Outcome EndingOf(bool isSuccess, AttemptTrail trail) =>
        isSuccess ? Holdfast.Failover.Outcome.Ok
        : trail.Count == 0 ? Holdfast.Failover.Outcome.Cancelled : trail[^1].Outcome;

    private CircuitBreaker BreakerOf(string name) =>
        new CircuitBreaker(name, _options.CircuitBreaker, _time).WithTelemetry(_options.Logger);

    private async ValueTask<Outcome<TResult>> AskAsync<TState>(int target,
        Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state)
    {
        try
        {
            return target == 0
                ? await callback(context, state).ConfigureAwait(context.ContinueOnCapturedContext)
                : Outcome.FromResult(
                    await _others[target - 1].CallAsync(context).ConfigureAwait(context.ContinueOnCapturedContext));
        }
        catch (Exception exception)
        {
            return Outcome.FromException<TResult>(exception);
        }
    }
}

using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Timeouts;

namespace Holdfast.Execution;

/// <summary>A target of an operation with all that is known of it, kept from call to call.</summary>
internal sealed class OperationPlace<T>
{
    private readonly TimeoutOptions _timeouts;
    private readonly AdaptiveTimeout? _attempt;

    public OperationPlace(string operation, OperationTarget<T> target, OperationOptions<T> options, TimeProvider time)
    {
        Target = target;
        Breaker = new CircuitBreaker($"{operation}/{target.Name}", options.CircuitBreaker, time);
        Cooldown = new Cooldown(time);
        Statistics = new TargetStatistics(time);
        _timeouts = options.Timeouts;
        if (_timeouts is { Adaptive: true, Attempt.Ticks: > 0 })
            _attempt = new AdaptiveTimeout(Statistics.Latencies, new AdaptiveTimeoutOptions(), _timeouts.Attempt);
    }

    public OperationTarget<T> Target { get; }

    public CircuitBreaker Breaker { get; }

    public Cooldown Cooldown { get; }

    public TargetStatistics Statistics { get; }

    public TimeoutOptions LimitsNow =>
        _attempt is null ? _timeouts : _timeouts with { Attempt = _attempt.Current };

    public Availability Look()
    {
        if (Breaker.RetryAfter is { Ticks: > 0 } wait)
        {
            var why = Breaker.State == CircuitState.Isolated ? Outcome.Isolated : Outcome.CircuitOpen;
            return Availability.Not(why, wait);
        }

        return Cooldown.Remaining is { Ticks: > 0 } rest ? Availability.Not(Outcome.Held, rest) : Availability.Now;
    }

    public TargetHealth GetHealth() => new(Target.Name, Breaker.GetStatus(), Statistics.GetSnapshot());
}

using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Retrying;
using Holdfast.Timeouts;

namespace Holdfast.Execution;

/// <summary>A target of an operation with all that is known of it, kept from call to call.</summary>
internal sealed class OperationPlace<T>
{
    // As long as a provider's key is held after it: there is no sooner end of a quota.
    private static readonly TimeSpan QuotaRest = TimeSpan.FromMinutes(5);

    private readonly TimeoutOptions _timeouts;
    private readonly AdaptiveTimeout? _attempt;
    private volatile bool _isDoubtful;

    public OperationPlace(
        string operation, OperationTarget<T> target, OperationOptions<T> options, TimeProvider time, int seed)
    {
        Target = target;
        Breaker = new CircuitBreaker($"{operation}/{target.Name}", options.CircuitBreaker, time);
        Cooldown = new Cooldown(time);
        Ramp = new FailoverRamp(new FailoverRampOptions(), time, new Random(seed));
        Breaker.StateChanged += (_, transition) =>
        {
            if (transition is { From: CircuitState.HalfOpen, To: CircuitState.Closed })
                Ramp.Recovered(Breaker.Options.RecoveryTimeout / 2);
        };
        Statistics = new TargetStatistics(time);
        _timeouts = options.Timeouts;
        if (_timeouts is { Adaptive: true, Attempt.Ticks: > 0 })
            _attempt = new AdaptiveTimeout(Statistics.Latencies, new AdaptiveTimeoutOptions(), _timeouts.Attempt);
    }

    public OperationTarget<T> Target { get; }

    public CircuitBreaker Breaker { get; }

    public Cooldown Cooldown { get; }

    public TargetStatistics Statistics { get; }

    /// <summary>After its circuit has closed its share of the calls rises in steps.</summary>
    public FailoverRamp Ramp { get; }

    public TimeoutOptions LimitsNow =>
        _attempt is null ? _timeouts : _timeouts with { Attempt = _attempt.Current };

    public Availability Look()
    {
        if (Breaker.RetryAfter is { Ticks: > 0 } wait)
        {
            var why = Breaker.State == CircuitState.Isolated ? Outcome.Isolated : Outcome.CircuitOpen;
            return Availability.Not(why, wait);
        }

        if (Cooldown.Remaining is { Ticks: > 0 } rest)
            return Availability.Not(Outcome.Held, rest);
        return _isDoubtful ? Availability.LastResort : Availability.Now;
    }

    /// <summary>Keeps calls away for as long as the outcome asks for.</summary>
    public void Rest(Outcome outcome, TimeSpan? delay, RetryOptions retry)
    {
        switch (outcome)
        {
            case Outcome.Ok:
                _isDoubtful = false;
                break;
            case Outcome.RateLimited:
                // Without a word from the server, as long as one would wait before a first repeat.
                Cooldown.Extend(delay ?? retry.BaseDelay);
                break;
            case Outcome.Quota:
                Cooldown.Extend(delay > QuotaRest ? delay.Value : QuotaRest);
                break;
            case Outcome.Auth:
                _isDoubtful = true;
                break;
            default:
                break;
        }
    }

    public void Reset()
    {
        Breaker.Reset();
        Cooldown.Clear();
        _isDoubtful = false;
    }

    public TargetHealth GetHealth() => new(Target.Name, Breaker.GetStatus(), Statistics.GetSnapshot());
}

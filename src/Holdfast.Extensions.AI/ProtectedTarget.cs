using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Telemetry;

namespace Holdfast.Extensions.AI;

/// <summary>What a protected client knows about one of its targets. It lives as long as the client.</summary>
public sealed class ProtectedTarget
{
    private static readonly TimeSpan WhileProbing = TimeSpan.FromSeconds(1);

    private volatile bool _isDoubtful;
    private int _warned;

    internal ProtectedTarget(string name, int priority, double weight, CircuitBreakerOptions circuit,
        HoldfastOptions options, Random random)
    {
        var time = options.Time;
        Name = name;
        Priority = priority;
        Weight = weight;
        Breaker = new CircuitBreaker(name, circuit, time).WithTelemetry(options.Logger);
        Statistics = new TargetStatistics(time);
        Cooldown = new Cooldown(time);
        Ramp = new FailoverRamp(new FailoverRampOptions(), time, random);
        Breaker.StateChanged += (_, transition) =>
        {
            if (transition is { From: CircuitState.HalfOpen, To: CircuitState.Closed })
                Ramp.Recovered(Breaker.Options.RecoveryTimeout / 2);
        };
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Lower is tried first.</summary>
    public int Priority { get; }

    /// <summary>Its configured weight.</summary>
    public double Weight { get; }

    /// <summary>
    /// Its circuit breaker: look at it, listen to it, isolate it. To bring the target back use <see cref="Reset"/>.
    /// </summary>
    public CircuitBreaker Breaker { get; }

    /// <summary>How it does.</summary>
    public TargetStatistics Statistics { get; }

    /// <summary>How long it still rests after a rate limit or a used-up quota; zero when it doesn't.</summary>
    public TimeSpan RestsFor => Cooldown.Remaining;

    internal Cooldown Cooldown { get; }

    /// <summary>After its circuit has closed its share of the calls rises in steps.</summary>
    internal FailoverRamp Ramp { get; }

    /// <summary>
    /// Forgets what keeps calls away from it: closes its circuit, ends its rest after a rate limit or a used-up quota,
    /// and takes a key that was refused for good again. Calls on their way may find it anew.
    /// </summary>
    public void Reset()
    {
        Breaker.Reset();
        Cooldown.Clear();
        _isDoubtful = false;
    }

    internal bool TryWarn() => Interlocked.Exchange(ref _warned, 1) == 0;

    internal Availability Look()
    {
        if (!Breaker.IsAvailable)
        {
            return Breaker.State switch
            {
                CircuitState.Isolated => Availability.Not(Outcome.Isolated),
                // A probe is under way; it will be known soon, long before its permit would expire.
                CircuitState.HalfOpen => Availability.Not(Outcome.CircuitOpen, WhileProbing),
                _ => Availability.Not(Outcome.CircuitOpen, Breaker.RetryAfter),
            };
        }

        if (Cooldown.Remaining is { Ticks: > 0 } rest)
            return Availability.Not(Outcome.RateLimited, rest);
        return _isDoubtful ? Availability.LastResort : Availability.Now;
    }

    /// <summary>Books how an attempt ended, all but its permit.</summary>
    internal void Book(in ExceptionOutcome ended, TimeSpan took, HoldfastOptions options)
    {
        Statistics.Record(ended.Outcome, took);
        switch (ended.Outcome)
        {
            case Outcome.Ok:
                _isDoubtful = false;
                break;
            case Outcome.Auth:
                _isDoubtful = true;
                break;
            case Outcome.RateLimited:
                // Without a word from the server, as long as one would wait before a first repeat.
                Cooldown.Extend(ended.ServerDelay ?? options.Retry.BaseDelay);
                break;
            case Outcome.Quota:
                Cooldown.Extend(options.QuotaRest);
                break;
            default:
                break;
        }
    }
}

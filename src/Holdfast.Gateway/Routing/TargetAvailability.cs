using Holdfast.CircuitBreaking;
using Holdfast.Failover;

namespace Holdfast.Gateway.Routing;

/// <summary>Whether a target can be tried at this moment, and if not, why and for how long.</summary>
internal static class TargetAvailability
{
    private static readonly TimeSpan WhileProbing = TimeSpan.FromSeconds(1);

    public static Availability Of(Target target)
    {
        var breaker = target.State.Breaker;
        if (!breaker.IsAvailable)
        {
            return breaker.State switch
            {
                CircuitState.Isolated => Availability.Not(Outcome.Isolated),
                // A probe is under way; it will be known soon, long before its permit would expire.
                CircuitState.HalfOpen => Availability.Not(Outcome.CircuitOpen, WhileProbing),
                _ => Availability.Not(Outcome.CircuitOpen, breaker.RetryAfter),
            };
        }

        var keys = target.Provider.Keys;
        if (keys.AllHeld)
        {
            return Availability.Not(Outcome.Held, keys.HeldFor);
        }

        if (target.State.Cooldown.Remaining is { Ticks: > 0 } rest)
        {
            return Availability.Not(Outcome.RateLimited, rest);
        }

        return keys.AllMarked ? Availability.LastResort : Availability.Now;
    }
}

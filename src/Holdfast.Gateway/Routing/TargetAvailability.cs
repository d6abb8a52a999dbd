using Holdfast.Admission;
using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Routing;

/// <summary>Whether a target can be tried at this moment, and if not, why and for how long.</summary>
internal static class TargetAvailability
{
    private static readonly TimeSpan WhileProbing = TimeSpan.FromSeconds(1);

    /// <summary>As a call of normal priority would find it: with its limits.</summary>
    public static Availability Of(Target target)
    {
        var now = BeforeLimits(target);
        if (!now.IsAvailable || !target.IsProtected || !target.State.Admission.IsActive)
        {
            return now;
        }

        var outlook = target.State.Admission.Look(default, target.Keys);
        return outlook.IsOpen ? now
            : outlook.Refusal == AdmissionRefusal.None ? Availability.LastResort
            : Availability.Not(Outcome.Saturated, outlook.EstimatedWait);
    }

    /// <summary>Whether it can be tried if its limits let it; unprotected it can, unless it was isolated.</summary>
    public static Availability BeforeLimits(Target target) => target.IsProtected
        ? Of(target.State, target.Keys)
        : target.State.Breaker.State == CircuitState.Isolated
            ? Availability.Not(Outcome.Isolated)
            : Availability.Now;

    /// <summary>Whether it can be tried if its limits let it; a target that works at its limit does well.</summary>
    /// <param name="state">What is known of it.</param>
    /// <param name="keys">Its provider's, as its model finds them.</param>
    public static Availability Of(TargetState state, KeyRing keys)
    {
        var breaker = state.Breaker;
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

        if (keys.AllHeld)
        {
            // A used-up allowance is a limit of the provider's too, if a long one.
            return Availability.Not(keys.AnySpent ? Outcome.RateLimited : Outcome.Held, keys.HeldFor);
        }

        if (state.Cooldown.Remaining is { Ticks: > 0 } rest)
        {
            return Availability.Not(Outcome.RateLimited, rest);
        }

        return keys.AllMarked ? Availability.LastResort : Availability.Now;
    }

    /// <summary>
    /// The word for a target that isn't tried. One that cools down was rate-limited in another call; this one only
    /// finds it held.
    /// </summary>
    public static Outcome SkippedAs(Outcome whyNot) => whyNot == Outcome.RateLimited ? Outcome.Held : whyNot;
}

using Holdfast.Admission;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;
using Ending = Holdfast.Failover.Outcome;

namespace Holdfast.Extensions.Polly;

/// <summary>What strategies within and queues throw when they let nothing through: the target was not asked.</summary>
internal static class Rejection
{
    /// <summary>Why the target was not asked; null where it was, or nobody knows.</summary>
    public static Ending? Of(Exception? exception) => exception switch
    {
        IsolatedCircuitException => Ending.Isolated,
        BrokenCircuitException => Ending.CircuitOpen,
        // It strikes when the target has been asked.
        TimeoutRejectedException => null,
        // As the one of a rate limiter.
        ExecutionRejectedException or AdmissionRefusedException => Ending.Saturated,
        _ => null,
    };
}

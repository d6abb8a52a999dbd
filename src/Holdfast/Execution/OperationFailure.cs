using Holdfast.Failover;
using Holdfast.Timeouts;

namespace Holdfast.Execution;

/// <summary>Which exception tells a failure best.</summary>
internal static class OperationFailure
{
    public static ResilienceException Of(
        string operation, IReadOnlyList<string> targets, AttemptTrail trail, Deadline deadline, TimeSpan retryAfter)
    {
        if (deadline.HasPassed)
        {
            return new ResilienceException($"{operation}: the call's limit has passed: {trail}",
                ErrorCategory.Timeout, null, true, trail);
        }

        var last = trail.LastOrDefault(one => one.WasSent) ?? trail.LastOrDefault();
        if (last is { Outcome: Outcome.CallerError })
        {
            return new ResilienceException($"{last.Target}: {last.Message}", ErrorCategory.Validation, last.Target,
                false, trail, last.Exception);
        }

        if (targets.Count != 1 || last is null)
            return new AllModelsFailedException(trail);
        return last.Outcome switch
        {
            Outcome.CircuitOpen or Outcome.Isolated => new CircuitOpenException(targets[0], retryAfter, trail),
            Outcome.Saturated or Outcome.Held or Outcome.Quota or Outcome.Auth or Outcome.NotFound =>
                new ModelUnavailableException(targets[0], last.Outcome, trail),
            _ => new RetryExhaustedException(targets[0], trail),
        };
    }
}

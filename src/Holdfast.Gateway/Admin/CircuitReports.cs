using Holdfast.CircuitBreaking;
using Holdfast.Gateway.Routing;

namespace Holdfast.Gateway.Admin;

/// <summary>The body of <c>POST /admin/circuits/isolate</c> and <c>/reset</c>.</summary>
/// <param name="Provider">A configured provider.</param>
/// <param name="Model">One of its models; null: all of them, those included that are called first later.</param>
internal sealed record CircuitRequest(string? Provider = null, string? Model = null);

/// <summary>The answer of everything below <c>/admin/circuits</c>.</summary>
internal sealed record CircuitReports(IReadOnlyList<CircuitReport> Circuits)
{
    public static CircuitReports Of(IEnumerable<TargetState> targets) => new([.. targets.Select(CircuitReport.Of)]);
}

/// <summary>A circuit breaker at this moment.</summary>
internal sealed record CircuitReport(
    string Provider,
    string Model,
    string State,
    long FailureCount,
    long SuccessCount,
    int ConsecutiveFailures,
    DateTimeOffset? LastFailureTime,
    DateTimeOffset? NextAttemptTime,
    bool Available,
    long Rejections,
    bool Configured)
{
    public static CircuitReport Of(TargetState target)
    {
        var status = target.Breaker.GetStatus();
        return new CircuitReport(target.Provider, target.Model, status.State.Word(), status.FailureCount,
            status.SuccessCount, status.ConsecutiveFailures, status.LastFailureTime, status.NextAttemptTime,
            status.Available, status.Rejections, target.IsConfigured);
    }
}

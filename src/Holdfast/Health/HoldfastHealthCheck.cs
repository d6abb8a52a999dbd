using Holdfast.CircuitBreaking;
using Holdfast.Execution;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Result = Microsoft.Extensions.Diagnostics.HealthChecks.HealthCheckResult;

namespace Holdfast.Health;

/// <summary>
/// Tells .NET's health checks how operations and watched models do; add it with
/// <c>services.AddHealthChecks().AddCheck&lt;HoldfastHealthCheck&gt;("holdfast")</c>. An operation none of whose
/// targets can be tried, and a monitor that is unavailable as a whole, give the registration's failure status; a
/// circuit that isn't closed, or a model that isn't available, is degraded. It calls nobody: it tells what is known.
/// </summary>
/// <param name="operations">The operations. Null, the default: none.</param>
/// <param name="monitor">The monitor. Null, the default: none.</param>
public sealed class HoldfastHealthCheck(ResilientOperations? operations = null, HealthMonitor? monitor = null)
    : IHealthCheck
{
    /// <summary>How all of them do now, with each target's and each model's state by its name as data.</summary>
    /// <param name="context">Has the failure status.</param>
    /// <param name="cancellationToken">Not needed: nothing is waited for.</param>
    /// <exception cref="ArgumentNullException">The context is null.</exception>
    public Task<Result> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        var data = new Dictionary<string, object>(StringComparer.Ordinal);
        var failed = new List<string>();
        var degraded = new List<string>();
        foreach (var operation in operations?.GetHealth() ?? [])
            Add(operation, data, failed, degraded);
        if (monitor?.GetHealth() is { } models)
            Add(models, data, failed, degraded);
        var words = string.Join("; ", failed.Concat(degraded));
        return Task.FromResult(
            failed.Count > 0 ? new Result(context.Registration.FailureStatus, words, null, data)
            : degraded.Count > 0 ? Result.Degraded(words, null, data)
            : Result.Healthy("all is well", data));
    }

    private static void Add(
        OperationHealth operation, Dictionary<string, object> data, List<string> failed, List<string> degraded)
    {
        foreach (var target in operation.Targets)
        {
            var state = target.Circuit.State.Word();
            data[$"{operation.Operation}/{target.Target}"] = state;
            if (target.Circuit.State != CircuitState.Closed)
                degraded.Add($"{operation.Operation}/{target.Target}: the circuit is {state}");
        }

        if (!operation.IsAvailable)
            failed.Add($"{operation.Operation}: none of its targets can be tried");
    }

    private static void Add(
        OverallHealth models, Dictionary<string, object> data, List<string> failed, List<string> degraded)
    {
        foreach (var model in models.Models)
        {
            data[model.Model.Id] = model.Status.ToString();
            // What was taken out by hand is meant to be out.
            if (model.Status is HealthStatus.Available or HealthStatus.Maintenance)
                continue;
            var isDecisive = models.Status == HealthStatus.Unavailable && !model.IsHealthy;
            (isDecisive ? failed : degraded).Add($"{model.Model.Id}: {model.Status}: {model.Reason}");
        }
    }
}

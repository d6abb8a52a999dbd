using Holdfast.Gateway.Admission;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Health;
using Holdfast.Gateway.Routing;
using Holdfast.Modes;

namespace Holdfast.Gateway.Admin;

/// <summary><c>GET /admin/status</c>: the whole gateway on one page.</summary>
internal sealed class StatusEndpoint(
    Readiness readiness, CallsInFlight inFlight, Func<RouteTable> routes, TargetStates states, TargetMonitor health,
    OperationModes modes, RouteStatistics statistics, Func<ConfigurationReport> configuration,
    Func<IEnumerable<string>> findings, GatewayAdmission admission, TimeProvider time)
{
    private static readonly string Version =
        typeof(StatusEndpoint).Assembly.GetName().Version?.ToString(3) ?? "unknown";

    private readonly long _started = time.GetTimestamp();

    public Task ReadAsync(HttpContext http)
    {
        var status = new StatusReport(Version, readiness.Word, time.GetElapsedTime(_started).TotalSeconds,
            configuration(), inFlight.Count, ModeSummary.Of(modes.GetStatus()),
            AdmissionReport.Of(admission.GetStatus(), admission.Refusals),
            [.. ProviderView.All(routes(), states, health).Select(ProviderStatus.Of)],
            [.. routes().Routes.Select(route => RouteStatus.Of(route, statistics.Of(route.Name)))],
            [.. findings()]);
        return JsonAnswer.WriteAsync(http, status, AdminJson.Default.StatusReport);
    }
}

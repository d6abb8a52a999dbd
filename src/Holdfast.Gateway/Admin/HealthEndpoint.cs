using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Health;
using Holdfast.Gateway.Routing;

namespace Holdfast.Gateway.Admin;

/// <summary>
/// <c>GET /admin/health</c>: the health of all providers; <c>POST /admin/health/check</c>: the same after checking all
/// targets, due or not.
/// </summary>
internal sealed class HealthEndpoint(
    TargetMonitor health, Func<RouteTable> routes, TargetStates states, TimeProvider time)
{
    public Task ReadAsync(HttpContext http) => JsonAnswer.WriteAsync(http,
        HealthReport.Of(ProviderView.All(routes(), states, health), time.GetUtcNow()),
        AdminJson.Default.HealthReport);

    public async Task CheckAsync(HttpContext http)
    {
        await health.CheckAsync(http.RequestAborted);
        await ReadAsync(http);
    }
}

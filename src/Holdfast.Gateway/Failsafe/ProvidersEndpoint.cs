using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Health;
using Holdfast.Gateway.Routing;

namespace Holdfast.Gateway.Failsafe;

/// <summary><c>GET /failsafe/providers</c>: how every provider and each of its models does.</summary>
internal sealed class ProvidersEndpoint(
    Func<RouteTable> routes, TargetStates states, TargetMonitor health, TimeProvider time)
{
    public Task ReadAsync(HttpContext http) => JsonAnswer.WriteAsync(http,
        ProviderReports.Of(ProviderView.All(routes(), states, health), time.GetUtcNow()),
        FailsafeJson.Default.ProviderReports);
}

using System.Diagnostics.Metrics;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Observability;

/// <summary><c>GET /metrics</c>, for the admin key or the metrics key.</summary>
internal sealed class MetricsEndpoint
{
    private readonly PrometheusPage _page;
    private readonly Func<HttpRequest, bool> _mayRead;
    private readonly Func<HttpContext, CallError, Task> _refuse;

    public MetricsEndpoint(PrometheusPage page, GatewayMeter meter, Func<HttpRequest, bool> mayRead,
        Func<HttpContext, CallError, Task> refuse)
    {
        _page = page;
        _mayRead = mayRead;
        _refuse = refuse;
        var version = typeof(MetricsEndpoint).Assembly.GetName().Version?.ToString(3) ?? "unknown";
        meter.Meter.CreateObservableGauge("holdfast_build_info",
            () => new Measurement<long>(1, new KeyValuePair<string, object?>("version", version)), null,
            "Always 1; the label says what is running");
    }

    public async Task ReadAsync(HttpContext http)
    {
        if (!_mayRead(http.Request))
        {
            await _refuse(http, new CallError(401, "invalid_request_error", "invalid_api_key",
                "Authorization: the admin key or the metrics key is needed, as 'Bearer KEY'"));
            return;
        }

        using var body = new PooledBuffer(16 * 1024);
        _page.Write(body);
        http.Response.ContentType = PrometheusPage.ContentType;
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body.WrittenMemory, http.RequestAborted);
    }
}

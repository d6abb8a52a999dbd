using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Security;

namespace Holdfast.Gateway.Health;

/// <summary>
/// <c>/health/live</c>, <c>/health/startup</c>, <c>/health/ready</c>. Anybody gets the status; who has the admin key
/// also gets what is wrong. Providers that fail make a note, never a node that is taken out.
/// </summary>
internal sealed class HealthEndpoints(
    Readiness readiness, Func<AccessPolicy> access, Func<IEnumerable<string>> findings)
{
    public Task LiveAsync(HttpContext http) => AnswerAsync(http, isGood: true);

    public Task StartupAsync(HttpContext http) => AnswerAsync(http, readiness.HasStarted);

    public Task ReadyAsync(HttpContext http) => AnswerAsync(http, readiness.IsReady);

    private async Task AnswerAsync(HttpContext http, bool isGood)
    {
        using var body = new PooledBuffer(512);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("status", isGood ? "ok" : "unavailable");
            if (access().IsAdmin(http.Request))
            {
                json.WriteString("phase", readiness.Word);
                json.WriteStartArray("findings");
                foreach (var finding in findings())
                {
                    json.WriteStringValue(finding);
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        http.Response.StatusCode = isGood ? 200 : 503;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = body.Length;
        http.Response.Headers.CacheControl = "no-store";
        if (!HttpMethods.IsHead(http.Request.Method))
        {
            await http.Response.Body.WriteAsync(body.WrittenMemory, http.RequestAborted);
        }
    }
}

using System.Text.Json;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway;

/// <summary>Errors outside the faces, as problem details (RFC 9457).</summary>
internal static class ProblemBody
{
    public static async Task WriteAsync(HttpContext http, CallError error)
    {
        using var body = new PooledBuffer(512);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("type", "about:blank");
            json.WriteString("title", error.Code ?? error.Type);
            json.WriteNumber("status", error.Status);
            json.WriteString("detail", error.Message);
            json.WriteEndObject();
        }

        http.Response.StatusCode = error.Status;
        http.Response.ContentType = "application/problem+json";
        http.Response.ContentLength = body.Length;
        if (error.Status == 401)
        {
            http.Response.Headers.WWWAuthenticate = "Bearer";
        }

        if (!HttpMethods.IsHead(http.Request.Method))
        {
            await http.Response.Body.WriteAsync(body.WrittenMemory, http.RequestAborted);
        }
    }
}

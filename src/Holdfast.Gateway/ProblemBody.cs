using System.Text.Json;
using Holdfast.Gateway.Calls;
using Microsoft.AspNetCore.WebUtilities;

namespace Holdfast.Gateway;

/// <summary>
/// Errors outside the faces, as problem details (RFC 9457). Of the type <c>about:blank</c> the title is the status in
/// words; what went wrong stands in the extension member <c>code</c>.
/// </summary>
internal static class ProblemBody
{
    public static async Task WriteAsync(HttpContext http, CallError error)
    {
        using var body = new PooledBuffer(512);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("type", "about:blank");
            json.WriteString("title", ReasonPhrases.GetReasonPhrase(error.Status));
            json.WriteNumber("status", error.Status);
            json.WriteString("detail", error.Message);
            json.WriteString("code", error.Code ?? error.Type);
            json.WriteEndObject();
        }

        http.Response.StatusCode = error.Status;
        http.Response.ContentType = "application/problem+json";
        http.Response.ContentLength = body.Length;
        if (error.RetryAfterSeconds is { } seconds)
        {
            http.Response.Headers.RetryAfter = seconds;
        }

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

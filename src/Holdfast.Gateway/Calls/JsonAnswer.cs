using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Holdfast.Gateway.Calls;

/// <summary>Answers with a value as JSON, on the paths where speed doesn't matter.</summary>
internal static class JsonAnswer
{
    public static Task WriteAsync<T>(HttpContext http, T value, JsonTypeInfo<T> shape)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(value, shape);
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = body.Length;
        // What these paths say is true for a moment only.
        http.Response.Headers.CacheControl = "no-store";
        return http.Response.Body.WriteAsync(body, http.RequestAborted).AsTask();
    }
}

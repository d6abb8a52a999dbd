using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.OpenAiApi;

/// <summary>Errors in OpenAI's shape: all four keys, always.</summary>
internal static class OpenAiErrorBody
{
    private static readonly JsonWriterOptions Readable = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Answers with the error: status, headers, body.</summary>
    public static async Task WriteAsync(HttpContext http, CallError error)
    {
        var response = http.Response;
        response.StatusCode = error.Status;
        response.ContentType = "application/json";
        WriteHeaders(response.Headers, error);
        using var body = new PooledBuffer(512);
        Write(body, error);
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(http.Request.Method))
        {
            await response.Body.WriteAsync(body.WrittenMemory, http.RequestAborted);
        }
    }

    public static void Write(IBufferWriter<byte> output, CallError error)
    {
        using var json = new Utf8JsonWriter(output, Readable);
        json.WriteStartObject();
        json.WriteStartObject("error"u8);
        json.WriteString("message"u8, error.Message);
        json.WriteString("type"u8, error.Type);
        json.WriteString("param"u8, error.Param);
        json.WriteString("code"u8, error.Code);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>The headers that tell a client whether and when to try again: the same on every face.</summary>
    public static void WriteHeaders(IHeaderDictionary headers, CallError error)
    {
        if (error.RetryAfterSeconds is { } seconds)
        {
            headers.RetryAfter = seconds;
        }

        if (error.DoNotRetry)
        {
            headers["x-should-retry"] = "false";
        }

        if (error.Status == 401)
        {
            headers.WWWAuthenticate = "Bearer";
        }
    }
}

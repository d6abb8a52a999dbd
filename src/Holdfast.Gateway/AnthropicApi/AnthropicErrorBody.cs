using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.OpenAiApi;

namespace Holdfast.Gateway.AnthropicApi;

/// <summary>Errors in Anthropic's shape, with its types and its status for what is overloaded.</summary>
internal static class AnthropicErrorBody
{
    private const int Overloaded = 529;

    private static readonly JsonWriterOptions Readable = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Answers with the error: status, headers, body.</summary>
    public static async Task WriteAsync(HttpContext http, CallError error)
    {
        var response = http.Response;
        response.StatusCode = StatusOf(error);
        response.ContentType = "application/json";
        WriteRequestId(http);
        OpenAiErrorBody.WriteHeaders(response.Headers, error);
        using var body = new PooledBuffer(512);
        Write(body, error, http.TraceIdentifier);
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(http.Request.Method))
        {
            await response.Body.WriteAsync(body.WrittenMemory, http.RequestAborted);
        }
    }

    public static void Write(IBufferWriter<byte> output, CallError error, string requestId)
    {
        using var json = new Utf8JsonWriter(output, Readable);
        json.WriteStartObject();
        json.WriteString("type"u8, "error"u8);
        json.WriteStartObject("error"u8);
        json.WriteString("type"u8, TypeOf(error.Status));
        json.WriteString("message"u8, error.Message);
        json.WriteEndObject();
        json.WriteString("request_id"u8, requestId);
        json.WriteEndObject();
    }

    /// <summary>Anthropic's clients know one word for nobody being there to answer: overloaded.</summary>
    public static int StatusOf(CallError error) => error.Status is 502 or 503 ? Overloaded : error.Status;

    /// <summary>The header by which Anthropic's clients name a request.</summary>
    public static void WriteRequestId(HttpContext http) => http.Response.Headers["request-id"] = http.TraceIdentifier;

    private static ReadOnlySpan<byte> TypeOf(int status) => status switch
    {
        401 => "authentication_error"u8,
        402 => "billing_error"u8,
        403 => "permission_error"u8,
        404 => "not_found_error"u8,
        413 => "request_too_large"u8,
        429 => "rate_limit_error"u8,
        502 or 503 or Overloaded => "overloaded_error"u8,
        504 => "timeout_error"u8,
        >= 500 => "api_error"u8,
        _ => "invalid_request_error"u8,
    };
}

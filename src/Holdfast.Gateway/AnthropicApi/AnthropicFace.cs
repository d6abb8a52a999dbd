using System.Buffers;
using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.OpenAiApi;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.AnthropicApi;

/// <summary>Anthropic's way: <c>POST /v1/messages</c>, and <c>/v1/messages/count_tokens</c>.</summary>
internal sealed class AnthropicFace(Operation operation) : ICallFace
{
    /// <summary>Says who counted: <c>provider</c>, or <c>estimate</c> where nobody could.</summary>
    public const string CountHeader = "x-holdfast-token-count";

    public static readonly AnthropicFace Messages = new(Operation.ChatCompletions);

    public static readonly AnthropicFace CountTokens = new(Operation.CountTokens);

    /// <summary>Whatever else is below <c>/v1/messages</c>, batches for instance.</summary>
    public static readonly AnthropicFace PassThrough = new(Operation.PassThrough);

    public Dialect Dialect => operation == Operation.PassThrough ? Dialect.OpenAi : Dialect.Anthropic;

    public Operation Operation => operation;

    private bool IsCount => operation == Operation.CountTokens;

    public CallError? TryRead(ReadOnlySpan<byte> body, out CallFields fields) =>
        ChatRequestBody.TryRead(body, out fields) ?? Check(fields);

    public void WriteHeaders(HttpContext http)
    {
        AnthropicErrorBody.WriteRequestId(http);
        if (IsCount)
        {
            http.Response.Headers[CountHeader] = "provider";
        }
    }

    /// <summary>
    /// Where no target can count, or none is there to, an estimate; what is wrong with the request stays an error.
    /// </summary>
    public PooledBuffer? AnswerInstead(HttpContext http, CallRequest call, CallError error)
    {
        if (!IsCount || !(error.Code == FieldCodes.Unsupported || error.Status is 404 or 429 or >= 500))
        {
            return null;
        }

        AnthropicErrorBody.WriteRequestId(http);
        http.Response.Headers[CountHeader] = "estimate";
        var body = new PooledBuffer(64);
        using var json = new Utf8JsonWriter(body);
        json.WriteStartObject();
        json.WriteNumber("input_tokens"u8, TokenEstimate.Of(call.Body.Span));
        json.WriteEndObject();
        return body;
    }

    public Task WriteErrorAsync(HttpContext http, CallError error) => AnthropicErrorBody.WriteAsync(http, error);

    public int StatusOf(CallError error) => AnthropicErrorBody.StatusOf(error);

    public void WriteCut(IBufferWriter<byte> output, CallError error, string requestId, long number)
    {
        output.Write("event: error\ndata: "u8);
        AnthropicErrorBody.Write(output, error, requestId);
        output.Write("\n\n"u8);
    }

    private CallError? Check(in CallFields fields) => IsCount
        ? fields.Stream ? CallError.Invalid("invalid_value", "stream: a count comes at once", "stream") : null
        : fields.MaxOutputTokens is null
            ? CallError.Invalid(
                "missing_field", "max_tokens: is missing, or no whole number of at least 1", "max_tokens")
            : null;
}

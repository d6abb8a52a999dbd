using System.Buffers;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.OpenAiApi;

namespace Holdfast.Gateway.AnthropicApi;

/// <summary>Anthropic's way: <c>POST /v1/messages</c>.</summary>
internal sealed class AnthropicFace : ICallFace
{
    public static readonly AnthropicFace Messages = new();

    public Dialect Dialect => Dialect.Anthropic;

    public Operation Operation => Operation.ChatCompletions;

    public CallError? Check(in ChatRequestBody body) => body.MaxOutputTokens is null
        ? CallError.Invalid("missing_field", "max_tokens: is missing, or no whole number of at least 1", "max_tokens")
        : null;

    public void WriteHeaders(HttpContext http) => AnthropicErrorBody.WriteRequestId(http);

    public Task WriteErrorAsync(HttpContext http, CallError error) => AnthropicErrorBody.WriteAsync(http, error);

    public int StatusOf(CallError error) => AnthropicErrorBody.StatusOf(error);

    public void WriteCut(IBufferWriter<byte> output, CallError error, string requestId)
    {
        output.Write("event: error\ndata: "u8);
        AnthropicErrorBody.Write(output, error, requestId);
        output.Write("\n\n"u8);
    }
}

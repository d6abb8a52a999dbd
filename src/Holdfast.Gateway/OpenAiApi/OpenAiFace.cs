using System.Buffers;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.OpenAiApi;

/// <summary>OpenAI's own way: <c>POST /v1/chat/completions</c>.</summary>
internal sealed class OpenAiFace : ICallFace
{
    public static readonly OpenAiFace Chat = new();

    public Dialect Dialect => Dialect.OpenAi;

    public Operation Operation => Operation.ChatCompletions;

    public CallError? Check(in ChatRequestBody body) => null;

    public void WriteHeaders(HttpContext http)
    {
        // Those of every call are all there are.
    }

    public PooledBuffer? AnswerInstead(HttpContext http, CallRequest call, CallError error) => null;

    public Task WriteErrorAsync(HttpContext http, CallError error) => OpenAiErrorBody.WriteAsync(http, error);

    public int StatusOf(CallError error) => error.Status;

    public void WriteCut(IBufferWriter<byte> output, CallError error, string requestId)
    {
        output.Write("data: "u8);
        OpenAiErrorBody.Write(output, error);
        output.Write("\n\n"u8);
    }
}

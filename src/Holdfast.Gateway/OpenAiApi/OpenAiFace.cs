using System.Buffers;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.OpenAiApi;

/// <summary>OpenAI's own way.</summary>
internal sealed class OpenAiFace : ICallFace
{
    /// <summary><c>POST /v1/chat/completions</c></summary>
    public static readonly OpenAiFace Chat = new(Operation.ChatCompletions, ChatRequestBody.TryRead);

    /// <summary><c>POST /v1/embeddings</c></summary>
    public static readonly OpenAiFace Embeddings = new(Operation.Embeddings, InputRequestBody.TryReadEmbeddings);

    /// <summary><c>POST /v1/moderations</c></summary>
    public static readonly OpenAiFace Moderations = new(Operation.Moderations, InputRequestBody.TryReadModerations);

    /// <summary>Everything else below <c>/v1</c>: <see cref="OpenAiApi.PassThrough"/> reads it.</summary>
    public static readonly OpenAiFace PassThrough = new(Operation.PassThrough, Unread);

    private readonly BodyReader _read;

    private OpenAiFace(Operation operation, BodyReader read)
    {
        Operation = operation;
        _read = read;
    }

    private delegate CallError? BodyReader(ReadOnlySpan<byte> body, out CallFields fields);

    public Dialect Dialect => Dialect.OpenAi;

    public Operation Operation { get; }

    public CallError? TryRead(ReadOnlySpan<byte> body, out CallFields fields) => _read(body, out fields);

    private static CallError? Unread(ReadOnlySpan<byte> body, out CallFields fields) =>
        throw new NotSupportedException("what passes through has no fields of its own");

    public void WriteHeaders(HttpContext http)
    {
        // Those of every call are all there are.
    }

    public PooledBuffer? AnswerInstead(HttpContext http, CallRequest call, CallError error) => null;

    public Task WriteErrorAsync(HttpContext http, CallError error) => OpenAiErrorBody.WriteAsync(http, error);

    public int StatusOf(CallError error) => error.Status;

    public void WriteCut(IBufferWriter<byte> output, CallError error, string requestId, long number)
    {
        output.Write("data: "u8);
        OpenAiErrorBody.Write(output, error);
        output.Write("\n\n"u8);
    }
}

using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Providers.Translation;

/// <summary>
/// Reads one stream whose events are JSON and writes OpenAI's chunks. What all such streams have: nothing behind a
/// fault, no events without data, text and JSON checked, and the end that OpenAI's callers are owed.
/// </summary>
/// <remarks>
/// A dialect understands an event whole before it writes anything of it, so a fault never leaves half a chunk behind.
/// </remarks>
internal abstract class ChatStreamReader(AnswerContext context) : IStreamReader
{
    /// <summary>The signal beside a <see cref="Fault"/>.</summary>
    protected static readonly StreamSignal Failed = new(StreamSignalKind.Fault);

    private readonly JsonTape _tape = new();

    public abstract bool IsFinished { get; }

    public virtual bool IsWhole => IsFinished;

    public abstract Usage Usage { get; }

    public ProviderFault? Fault { get; protected set; }

    /// <summary>Null until the answer's id and model are known.</summary>
    protected ChatChunks? Chunks { get; set; }

    protected AnswerContext Context => context;

    public StreamSignal Read(in SseEvent sse, IBufferWriter<byte> output)
    {
        if (Fault is not null)
        {
            return Failed;
        }

        // An event without data is none, after the specification of server-sent events.
        if (!sse.HasData || sse.Data.IsEmpty)
        {
            return StreamSignal.Nothing;
        }

        if (IsEnd(sse.Data))
        {
            return new StreamSignal(StreamSignalKind.End);
        }

        if (!Utf8.IsValid(sse.Data))
        {
            return Fail("The stream has bytes that are not UTF-8.");
        }

        try
        {
            return Take(_tape.Read(sse.Data), output);
        }
        catch (JsonException)
        {
            return Fail("The stream has an event that is not in the provider's format.");
        }
    }

    public virtual void Complete(IBufferWriter<byte> output)
    {
        if (context.Call.IncludeUsage)
        {
            (Chunks ?? new ChatChunks(context, default, default)).WriteUsage(output, Usage);
        }

        output.Write("data: [DONE]\n\n"u8);
        _tape.Dispose();
    }

    /// <summary>Understands one event and writes what the caller gets of it.</summary>
    /// <exception cref="JsonException">It is not in the provider's format; nothing has been written.</exception>
    protected abstract StreamSignal Take(JsonView data, IBufferWriter<byte> output);

    /// <summary>The data is an end marker, which is no JSON.</summary>
    protected virtual bool IsEnd(ReadOnlySpan<byte> data) => false;

    protected StreamSignal Fail(string message)
    {
        Fault = Faults.BadAnswer(message);
        return Failed;
    }
}

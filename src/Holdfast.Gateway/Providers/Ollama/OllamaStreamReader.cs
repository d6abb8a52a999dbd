using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Ollama;

/// <summary>
/// Reads one stream of lines, each a piece of the answer, and writes OpenAI's chunks. A line is understood whole before
/// anything of it is written, so a fault never leaves half of one behind.
/// </summary>
/// <remarks>Ollama has no end marker: its stream is whole with the line that is done.</remarks>
internal sealed class OllamaStreamReader(AnswerContext context) : IStreamReader
{
    private static readonly StreamSignal Failed = new(StreamSignalKind.Fault);

    private readonly JsonTape _tape = new();
    private ChatChunks? _chunks;
    private CallIds? _ids;
    private int _calls;

    public bool IsFinished { get; private set; }

    public bool IsWhole => IsFinished;

    public Usage Usage { get; private set; }

    public ProviderFault? Fault { get; private set; }

    public StreamSignal Read(in SseEvent sse, IBufferWriter<byte> output)
    {
        if (Fault is not null)
        {
            return Failed;
        }

        if (!sse.HasData)
        {
            return StreamSignal.Nothing;
        }

        if (!Utf8.IsValid(sse.Data))
        {
            return Fail("The stream has bytes that are not UTF-8.");
        }

        try
        {
            return Take(OllamaResponse.Read(_tape.Read(sse.Data)), output);
        }
        catch (JsonException)
        {
            return Fail("The stream has a line that is not in the provider's format.");
        }
    }

    public void Complete(IBufferWriter<byte> output)
    {
        if (context.Call.IncludeUsage)
        {
            (_chunks ?? new ChatChunks(context, default, default)).WriteUsage(output, Usage);
        }

        output.Write("data: [DONE]\n\n"u8);
        _tape.Dispose();
    }

    private StreamSignal Take(in OllamaResponse line, IBufferWriter<byte> output)
    {
        if (!line.Error.IsMissing)
        {
            Fault = OllamaErrors.InBand(line.Error);
            return Failed;
        }

        if (IsFinished)
        {
            return Fail("The stream goes on behind its end.");
        }

        using var logprobs = LogprobsOf(line);
        if (_chunks is null)
        {
            _chunks = new ChatChunks(context, default, line.Model);
            _chunks.WriteRole(output);
        }

        var characters = WriteText(line, logprobs is null ? default : logprobs.WrittenSpan, output);
        if (line.HasCalls)
        {
            characters += WriteCalls(line.Calls, output);
        }

        if (line.IsDone)
        {
            Usage = line.Usage;
            IsFinished = true;
            _chunks.WriteFinish(output, line.FinishReason(_calls > 0));
        }

        return characters > 0 || line.IsDone
            ? new StreamSignal(StreamSignalKind.Token, characters)
            : StreamSignal.Nothing;
    }

    private int WriteText(in OllamaResponse line, ReadOnlySpan<byte> logprobs, IBufferWriter<byte> output)
    {
        if (!line.Thinking.Text.IsEmpty)
        {
            _chunks!.WriteText(output, "\"reasoning_content\":"u8, line.Thinking.Raw);
        }

        if (!line.Content.Text.IsEmpty)
        {
            _chunks!.WriteText(output, "\"content\":"u8, line.Content.Raw, logprobs: logprobs);
        }

        return line.Thinking.Text.Length + line.Content.Text.Length;
    }

    private int WriteCalls(JsonView calls, IBufferWriter<byte> output)
    {
        var characters = 0;
        _ids ??= new CallIds(context, default);
        using var arguments = new PooledBuffer(256);
        var items = calls.Items();
        while (items.Next())
        {
            var call = OllamaCall.Read(items.Value);
            arguments.Clear();
            CallArguments.Write(new JsonOutput(arguments), call.Arguments);
            _chunks!.WriteToolCall(output, 0, _calls, new WholeToolCall
            {
                Id = call.IdOr(_ids, _calls), Name = call.Name.Raw, Arguments = arguments.WrittenSpan,
            });
            _calls++;
            characters += arguments.Length;
        }

        return characters;
    }

    private static PooledBuffer? LogprobsOf(in OllamaResponse line)
    {
        if (line.Logprobs.IsMissing)
        {
            return null;
        }

        var written = new PooledBuffer(1024);
        try
        {
            OllamaLogprobs.Write(new JsonOutput(written), line.Logprobs);
            return written;
        }
        catch (JsonException)
        {
            written.Dispose();
            throw;
        }
    }

    private StreamSignal Fail(string message)
    {
        Fault = OllamaErrors.BadAnswer(message);
        return Failed;
    }
}

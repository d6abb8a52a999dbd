using System.Buffers;
using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Ollama;

/// <summary>
/// Reads one stream of lines, each a piece of the answer, and writes OpenAI's chunks. A line is understood whole before
/// anything of it is written, so a fault never leaves half of one behind.
/// </summary>
/// <remarks>Ollama has no end marker: its stream is whole with the line that is done.</remarks>
internal sealed class OllamaStreamReader(AnswerContext context) : ChatStreamReader(context)
{
    private CallIds? _ids;
    private int _calls;
    private Usage _usage;
    private bool _isFinished;

    public override bool IsFinished => _isFinished;

    public override Usage Usage => _usage;

    protected override StreamSignal Take(JsonView data, IBufferWriter<byte> output) =>
        Take(OllamaResponse.Read(data), output);

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
        if (Chunks is null)
        {
            Chunks = new ChatChunks(Context, default, line.Model);
            Chunks.WriteRole(output);
        }

        var characters = WriteText(line, logprobs is null ? default : logprobs.WrittenSpan, output);
        if (line.HasCalls)
        {
            characters += WriteCalls(line.Calls, output);
        }

        if (line.IsDone)
        {
            _usage = line.Usage;
            _isFinished = true;
            Chunks.WriteFinish(output, line.FinishReason(_calls > 0));
        }

        return characters > 0 || line.IsDone
            ? new StreamSignal(StreamSignalKind.Token, characters)
            : StreamSignal.Nothing;
    }

    private int WriteText(in OllamaResponse line, ReadOnlySpan<byte> logprobs, IBufferWriter<byte> output)
    {
        if (!line.Thinking.Text.IsEmpty)
        {
            Chunks!.WriteText(output, "\"reasoning_content\":"u8, line.Thinking.Raw);
        }

        if (!line.Content.Text.IsEmpty)
        {
            Chunks!.WriteText(output, "\"content\":"u8, line.Content.Raw, logprobs: logprobs);
        }

        return line.Thinking.Text.Length + line.Content.Text.Length;
    }

    private int WriteCalls(JsonView calls, IBufferWriter<byte> output)
    {
        var characters = 0;
        _ids ??= new CallIds(Context, default);
        using var arguments = new PooledBuffer(256);
        var items = calls.Items();
        while (items.Next())
        {
            var call = OllamaCall.Read(items.Value);
            arguments.Clear();
            CallArguments.Write(new JsonOutput(arguments), call.Arguments);
            Chunks!.WriteToolCall(output, 0, _calls, new WholeToolCall
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
}

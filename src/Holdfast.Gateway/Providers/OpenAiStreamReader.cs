using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Providers;

/// <summary>
/// Watches a stream of chat completion chunks that goes through to the caller as it is: finds its tokens, its finish
/// reasons, its usage and its errors, and holds back only the usage chunk that the caller didn't ask for.
/// </summary>
internal sealed class OpenAiStreamReader(bool includeUsage) : IStreamReader
{
    private UInt128 _begun;
    private UInt128 _finished;

    public bool IsFinished => _begun != 0 && (_begun & ~_finished) == 0;

    public Usage Usage { get; private set; }

    public ProviderFault? Fault { get; private set; }

    public StreamSignal Read(in SseEvent sse, IBufferWriter<byte> output)
    {
        if (!sse.HasData)
        {
            if (sse.IsComplete)
            {
                output.Write(sse.Raw);
            }

            return StreamSignal.Nothing;
        }

        if (sse.Data.IsEmpty)
        {
            // WHATWG: an event whose data is empty is none. Official clients would try to parse it.
            return StreamSignal.Nothing;
        }

        if (sse.Data.SequenceEqual("[DONE]"u8))
        {
            return new StreamSignal(StreamSignalKind.End);
        }

        var chunk = default(Chunk);
        if (!TryReadChunk(sse.Data, ref chunk))
        {
            return Fail(new ProviderFault(Outcome.BadAnswer, "an event of the stream is not a valid chunk"));
        }

        if (chunk.HasError || sse.Name.SequenceEqual("error"u8))
        {
            return Fail(OpenAiErrors.ReadInBand(sse.Data));
        }

        if (chunk.HasUsage && chunk.Choices == 0 && !includeUsage)
        {
            return StreamSignal.Nothing;
        }

        Forward(sse, output);
        return chunk.IsToken ? new StreamSignal(StreamSignalKind.Token, chunk.Characters) : StreamSignal.Nothing;
    }

    public void Complete(IBufferWriter<byte> output) => output.Write("data: [DONE]\n\n"u8);

    private static void Forward(in SseEvent sse, IBufferWriter<byte> output)
    {
        output.Write(sse.Raw);
        if (!sse.IsComplete)
        {
            output.Write("\n\n"u8);
        }
    }

    private StreamSignal Fail(ProviderFault fault)
    {
        Fault = fault;
        return new StreamSignal(StreamSignalKind.Fault);
    }

    private bool TryReadChunk(ReadOnlySpan<byte> data, ref Chunk chunk)
    {
        if (!Utf8.IsValid(data))
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(data, new JsonReaderOptions { MaxDepth = OpenAiProvider.MaxDepth });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                ReadField(ref reader, ref chunk);
            }

            // To the very end: bytes after the object make the event invalid.
            while (reader.Read())
            {
            }

            return !chunk.IsMalformed;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            // The latter is the reader's word for a name with half a surrogate pair.
            return false;
        }
    }

    private void ReadField(ref Utf8JsonReader reader, ref Chunk chunk)
    {
        if (reader.ValueTextEquals("choices"u8))
        {
            reader.Read();
            ReadChoices(ref reader, ref chunk);
        }
        else if (reader.ValueTextEquals("usage"u8))
        {
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartObject)
            {
                chunk.HasUsage = true;
                Usage = OpenAiUsage.Read(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }
        else
        {
            var isError = reader.ValueTextEquals("error"u8);
            reader.Read();
            chunk.HasError |= isError && reader.TokenType != JsonTokenType.Null;
            reader.Skip();
        }
    }

    private void ReadChoices(ref Utf8JsonReader reader, ref Chunk chunk)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            chunk.IsMalformed |= reader.TokenType != JsonTokenType.Null;
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                chunk.IsMalformed = true;
                reader.Skip();
                continue;
            }

            chunk.Choices++;
            ReadChoice(ref reader, ref chunk);
        }
    }

    private void ReadChoice(ref Utf8JsonReader reader, ref Chunk chunk)
    {
        var index = 0;
        var finished = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("index"u8))
            {
                reader.Read();
                chunk.IsMalformed |= reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out index)
                    || index is < 0 or > 127;
                reader.Skip();
            }
            else if (reader.ValueTextEquals("finish_reason"u8))
            {
                reader.Read();
                finished |= reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length > 0;
                reader.Skip();
            }
            else if (reader.ValueTextEquals("delta"u8) || reader.ValueTextEquals("message"u8))
            {
                reader.Read();
                finished |= ReadDelta(ref reader, ref chunk);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        if (!chunk.IsMalformed)
        {
            _begun |= UInt128.One << index;
            _finished |= finished ? UInt128.One << index : 0;
            chunk.IsToken |= finished;
        }
    }

    /// <summary>A token is non-empty content, reasoning, a refusal, or a part of a tool call.</summary>
    /// <returns>The delta ends its choice: OpenAI's spoken answers end so, without a finish reason.</returns>
    private static bool ReadDelta(ref Utf8JsonReader reader, ref Chunk chunk)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return false;
        }

        var endsAudio = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isAudio = reader.ValueTextEquals("audio"u8);
            var carriesTokens = isAudio || reader.ValueTextEquals("content"u8) || reader.ValueTextEquals("tool_calls"u8)
                || reader.ValueTextEquals("reasoning_content"u8) || reader.ValueTextEquals("reasoning"u8)
                || reader.ValueTextEquals("refusal"u8) || reader.ValueTextEquals("function_call"u8);
            reader.Read();
            endsAudio |= isAudio && HasExpiry(reader);
            var characters = reader.TokenType == JsonTokenType.String
                ? reader.ValueSpan.Length
                : LengthOfContainer(ref reader);
            if (carriesTokens && characters > 0)
            {
                chunk.IsToken = true;
                chunk.Characters += characters;
            }
        }

        return endsAudio;
    }

    /// <summary>The last part of an audio says until when it may be referred to. Looks ahead on a copy.</summary>
    private static bool HasExpiry(Utf8JsonReader audio)
    {
        var depth = audio.CurrentDepth;
        while (audio.TokenType is not (JsonTokenType.Null or JsonTokenType.String) && audio.Read()
            && audio.CurrentDepth > depth)
        {
            if (audio.CurrentDepth == depth + 1 && audio.TokenType == JsonTokenType.PropertyName
                && audio.ValueTextEquals("expires_at"u8))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Bytes inside an array or object, 0 for an empty one; the reader is left on its last token.</summary>
    private static int LengthOfContainer(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.StartObject))
        {
            return 0;
        }

        var start = reader.TokenStartIndex;
        var depth = reader.CurrentDepth;
        var isEmpty = true;
        while (reader.Read() && reader.CurrentDepth > depth)
        {
            isEmpty = false;
        }

        return isEmpty ? 0 : (int)(reader.TokenStartIndex - start);
    }

    private struct Chunk
    {
        public bool HasError, HasUsage, IsToken, IsMalformed;
        public int Choices, Characters;
    }
}

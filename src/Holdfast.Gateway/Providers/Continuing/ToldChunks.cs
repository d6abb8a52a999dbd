using System.Buffers;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Continuing;

/// <summary>A stream of OpenAI's chat chunks, one choice.</summary>
/// <param name="includeUsage">The caller gets a chunk of usage, and <c>usage: null</c> in all others.</param>
/// <param name="maxBytes">So much text is kept at most.</param>
internal sealed class ToldChunks(bool includeUsage, int maxBytes) : IToldStream
{
    private readonly ToldText _told = new(maxBytes);
    private readonly SseParser _parser = new();
    private readonly JsonTape _tape = new();
    private readonly JsonEdits _edits = new();
    private byte[] _id = [];
    private byte[] _model = [];
    private byte[] _created = [];
    private bool _hasUsage;

    public ReadOnlyMemory<byte> Text => _told.Text;

    public long Spoken => _told.Spoken;

    public string? Obstacle => _told.Obstacle;

    public void Note(ReadOnlySpan<byte> events)
    {
        while (_parser.TryRead(events, atEnd: true, out var sse, out var consumed))
        {
            if (IsChunk(sse))
            {
                NoteChunk(_tape.Read(sse.Data));
            }

            events = events[consumed..];
        }
    }

    public void GoOn(ContinuationWay way) => _told.GoOn(way);

    public void Tell(ReadOnlySpan<byte> events, Func<Usage> usage, IBufferWriter<byte> output)
    {
        while (_parser.TryRead(events, atEnd: true, out var sse, out var consumed))
        {
            if (IsChunk(sse))
            {
                TellChunk(sse.Data, _tape.Read(sse.Data), usage, output);
            }
            else
            {
                if (sse.Data.SequenceEqual("[DONE]"u8))
                {
                    WriteText(_told.Rest(), output);
                    WriteOwedUsage(usage, output);
                }

                output.Write(sse.Raw);
            }

            events = events[consumed..];
        }
    }

    public void Dispose()
    {
        _told.Dispose();
        _parser.Dispose();
        _tape.Dispose();
    }

    private static bool IsChunk(in SseEvent sse) =>
        sse.HasData && !sse.Data.IsEmpty && !sse.Data.SequenceEqual("[DONE]"u8);

    private static JsonView Choice(JsonView chunk)
    {
        var choices = chunk.Member("choices"u8);
        var items = choices.IsArray ? choices.Items() : default;
        return items.Next() ? items.Value : default;
    }

    private static JsonView Delta(JsonView choice)
    {
        var delta = choice.Member("delta"u8);
        return delta.IsObject ? delta : choice.Member("message"u8);
    }

    private static JsonView Reasoning(JsonView delta)
    {
        var reasoning = delta.Member("reasoning_content"u8);
        return reasoning.IsString ? reasoning : delta.Member("reasoning"u8);
    }

    private void NoteChunk(JsonView chunk)
    {
        var choice = Choice(chunk);
        NoteHead(chunk, choice);
        var delta = Delta(choice);
        NoteWhatNobodyGoesOnWith(delta);
        _told.Think(Reasoning(delta));
        var content = delta.Member("content"u8);
        _told.Add(content);
        if (content.IsArray && !content.IsEmpty)
        {
            _told.Block("the text comes in parts");
        }
    }

    /// <summary>Each of them is the first one that was told.</summary>
    private void NoteHead(JsonView chunk, JsonView choice)
    {
        // Azure's first chunk has no choice, and neither id nor model.
        if (choice.IsObject)
        {
            _id = First(_id, chunk.Member("id"u8));
            _model = First(_model, chunk.Member("model"u8));
            _created = First(_created, chunk.Member("created"u8));
        }

        static byte[] First(byte[] told, JsonView value) =>
            told.Length > 0 || value.IsMissing ? told : value.Raw.ToArray();
    }

    private void NoteWhatNobodyGoesOnWith(JsonView delta)
    {
        var calls = delta.Member("tool_calls"u8);
        if ((calls.IsArray && !calls.IsEmpty) || !delta.Member("function_call"u8).IsMissing)
        {
            _told.Block("a call of a tool has begun");
        }
        else if (!delta.Member("refusal"u8).Text.IsEmpty || !delta.Member("audio"u8).IsMissing)
        {
            _told.Block("the answer is no text");
        }
    }

    private void TellChunk(ReadOnlySpan<byte> data, JsonView chunk, Func<Usage> usage, IBufferWriter<byte> output)
    {
        var choice = Choice(chunk);
        NoteHead(chunk, choice);
        var delta = Delta(choice);
        NoteWhatNobodyGoesOnWith(delta);
        var content = delta.Member("content"u8);
        var reasoning = Reasoning(delta);
        var finish = choice.Member("finish_reason"u8);
        var tokens = chunk.Member("usage"u8);
        _edits.Clear();
        var says = SaysText(data, content, output) | SaysThought(data, reasoning)
            | Obstacle is not null | !finish.Text.IsEmpty | tokens.IsObject
            | (content.IsArray && !content.IsEmpty);
        if (!says)
        {
            // A role, or a text that was told before.
            return;
        }

        if (!finish.Text.IsEmpty)
        {
            WriteText(_told.Rest(), output);
        }

        Patch(data, chunk, "id"u8, _id);
        Patch(data, chunk, "created"u8, _created);
        Patch(data, chunk, "model"u8, _model);
        if (tokens.IsObject)
        {
            _hasUsage = true;
            using var sum = new PooledBuffer(256);
            ChatAnswer.WriteUsage(new JsonOutput(sum), usage());
            _edits.Replace(data, tokens.Raw, sum.WrittenSpan["\"usage\":".Length..]);
        }

        output.Write("data: "u8);
        _edits.WriteLine(data, output);
        output.Write("\n\n"u8);
    }

    /// <summary>Whether the chunk itself still has text to tell; what a seam let through has been told before it.
    /// </summary>
    private bool SaysText(ReadOnlySpan<byte> data, JsonView content, IBufferWriter<byte> output)
    {
        if (content.Text.IsEmpty)
        {
            return false;
        }

        if (_told.IsSeamClosed)
        {
            _told.Add(content);
            return true;
        }

        WriteText(_told.New(content), output);
        _edits.Replace(data, content.Raw, "\"\""u8);
        return false;
    }

    /// <summary>Once an answer has begun, its caller hears no other model's way there.</summary>
    private bool SaysThought(ReadOnlySpan<byte> data, JsonView reasoning)
    {
        _told.Think(reasoning);
        if (reasoning.Text.IsEmpty || _told.IsEmpty)
        {
            return !reasoning.Text.IsEmpty;
        }

        _edits.Replace(data, reasoning.Raw, "\"\""u8);
        return false;
    }

    /// <summary>Clients that look at one chunk alone find there whose it is, even where its provider doesn't say.
    /// </summary>
    private void Patch(ReadOnlySpan<byte> data, JsonView chunk, ReadOnlySpan<byte> name, byte[] told)
    {
        var value = chunk.Member(name);
        if (told.Length > 0 && !value.Raw.IsEmpty)
        {
            _edits.Replace(data, value.Raw, told);
        }
        else if (told.Length > 0 && !chunk.IsEmpty)
        {
            _edits.Insert(JsonEdits.PlaceOf(data, chunk.Raw) + 1, [.. "\""u8, .. name, .. "\":"u8, .. told, .. ","u8]);
        }
    }

    /// <summary>Who goes on doesn't tell what it used, but the caller has asked.</summary>
    private void WriteOwedUsage(Func<Usage> usage, IBufferWriter<byte> output)
    {
        if (!includeUsage || _hasUsage)
        {
            return;
        }

        output.Write("data: "u8);
        var json = BeginChunk(output);
        json.EndArray();
        ChatAnswer.WriteUsage(json, usage());
        json.EndObject();
        output.Write("\n\n"u8);
    }

    private void WriteText(ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        if (text.IsEmpty)
        {
            return;
        }

        output.Write("data: "u8);
        var json = BeginChunk(output);
        json.BeginObject();
        json.Number("index"u8, 0);
        json.BeginObject("delta"u8);
        json.Text("content"u8, text);
        json.EndObject();
        json.Null("logprobs"u8);
        json.Null("finish_reason"u8);
        json.EndObject();
        json.EndArray();
        if (includeUsage)
        {
            json.Null("usage"u8);
        }

        json.EndObject();
        output.Write("\n\n"u8);
    }

    /// <summary>Up to its choices.</summary>
    private JsonOutput BeginChunk(IBufferWriter<byte> output)
    {
        var json = new JsonOutput(output);
        json.BeginObject();
        WriteTold(json, "id"u8, _id);
        json.Word("object"u8, "chat.completion.chunk"u8);
        WriteTold(json, "created"u8, _created);
        WriteTold(json, "model"u8, _model);
        json.BeginArray("choices"u8);
        return json;
    }

    private static void WriteTold(JsonOutput json, ReadOnlySpan<byte> name, byte[] told)
    {
        if (told.Length > 0)
        {
            json.Name(name);
            json.Raw(told);
        }
    }
}

using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Continuing;

/// <summary>
/// Writes into a request what its caller was told already: as the beginning of the assistant's message, or as the
/// whole of one and a word of the user's that asks to go on. In the caller's dialect, before it is translated, and
/// nothing else is changed but the limit of tokens, which is for the whole answer.
/// </summary>
internal static class ContinuedRequest
{
    /// <summary>
    /// What stands in the way of going on with an answer of such a request: several choices, probabilities of its
    /// tokens, or a format that no part of an answer has. Null: nothing.
    /// </summary>
    /// <param name="call">The call.</param>
    /// <param name="wantsThoughts">The request has the model think first.</param>
    public static string? Obstacle(CallRequest call, out bool wantsThoughts)
    {
        wantsThoughts = false;
        using var tape = new JsonTape(call.Body.Length);
        try
        {
            var body = tape.ReadKnown(call.Body.Span);
            wantsThoughts = WantsThoughts(body);
            return call.Choices != 1 ? "several choices were asked for"
                : body.Member("logprobs"u8).IsTrue ? "the probabilities of tokens were asked for"
                : HasFormat(body) ? "a format was asked for"
                : !body.Member("audio"u8).IsMissing ? "sound was asked for"
                : !body.Member("messages"u8).IsArray || body.Member("messages"u8).IsEmpty ? "there are no messages"
                : null;
        }
        catch (JsonException)
        {
            return "the request has too many values";
        }
    }

    /// <summary>The request as a target is asked it.</summary>
    /// <param name="call">With what was told.</param>
    /// <param name="told">What was told.</param>
    /// <param name="way">How the target goes on.</param>
    public static CallRequest Of(CallRequest call, ToldAnswer told, ContinuationWay way)
    {
        var text = Seam.Trimmed(told.Text.Span);
        if (text.IsEmpty)
        {
            // Thoughts alone were told, and no target goes on with another one's.
            return call.With(call.Body, call.ModelValue);
        }

        var body = call.Body.Span;
        using var tape = new JsonTape(body.Length);
        var edits = new JsonEdits();
        var root = tape.ReadKnown(body);
        AddText(edits, body, root.Member("messages"u8), way == ContinuationWay.Instruction ? told.Text.Span : text);
        var repeated = 0L;
        if (way == ContinuationWay.Instruction)
        {
            var anchor = text[Seam.AnchorOf(text)..];
            AddWish(edits, body, root.Member("messages"u8), anchor);
            repeated = ToldAnswer.TokensOf(anchor.Length);
        }

        if (!told.WantsThoughts)
        {
            Reduce(edits, body, root.Member("max_tokens"u8), told.Tokens, repeated);
            Reduce(edits, body, root.Member("max_completion_tokens"u8), told.Tokens, repeated);
        }

        using var output = new PooledBuffer(body.Length + told.Text.Length + 512);
        edits.Write(body, output);
        var (start, length) = call.ModelValue.GetOffsetAndLength(body.Length);
        start = length == 0 ? start : edits.Moved(start);
        return call.With(output.WrittenSpan.ToArray(), new Range(start, start + length));
    }

    /// <summary>Marks the last message of a request in OpenAI's format as the beginning of the answer.</summary>
    /// <exception cref="UnsupportedFieldException">
    /// It is deeper than is read, or of more values: without a mark its target would begin anew.
    /// </exception>
    public static void Mark(PooledBuffer request)
    {
        var body = request.WrittenSpan;
        using var tape = new JsonTape(body.Length);
        var last = default(JsonView);
        try
        {
            last = Last(tape.ReadKnown(body).Member("messages"u8));
        }
        catch (JsonException)
        {
            throw Refusals.TooLarge();
        }

        if (!last.Member("role"u8).Says("assistant"u8))
        {
            return;
        }

        var edits = new JsonEdits();
        edits.Insert(JsonEdits.PlaceOf(body, last.Raw) + last.Raw.Length - 1, ",\"prefix\":true"u8);
        using var marked = new PooledBuffer(body.Length + 32);
        edits.Write(body, marked);
        request.Clear();
        request.Write(marked.WrittenSpan);
    }

    private static JsonView Last(JsonView messages)
    {
        var last = default(JsonView);
        var items = messages.IsArray ? messages.Items() : default;
        while (items.Next())
        {
            last = items.Value;
        }

        return last;
    }

    /// <summary>A beginning that the caller wrote itself goes on; two in a row are not for everybody.</summary>
    private static void AddText(JsonEdits edits, ReadOnlySpan<byte> body, JsonView messages, ReadOnlySpan<byte> text)
    {
        using var added = new PooledBuffer(text.Length + 64);
        var json = new JsonOutput(added);
        var last = Last(messages);
        var content = last.Member("content"u8);
        if (last.Member("role"u8).Says("assistant"u8) && last.Member("tool_calls"u8).IsMissing
            && (content.IsString || (content.IsArray && !content.IsEmpty)))
        {
            if (content.IsString)
            {
                json.Escaped(text);
            }
            else
            {
                added.Write(",{\"type\":\"text\",\"text\":\""u8);
                json.Escaped(text);
                added.Write("\"}"u8);
            }

            edits.Insert(JsonEdits.PlaceOf(body, content.Raw) + content.Raw.Length - 1, added.WrittenSpan);
            return;
        }

        added.Write(",{\"role\":\"assistant\",\"content\":\""u8);
        json.Escaped(text);
        added.Write("\"}"u8);
        edits.Insert(JsonEdits.PlaceOf(body, messages.Raw) + messages.Raw.Length - 1, added.WrittenSpan);
    }

    private static void AddWish(JsonEdits edits, ReadOnlySpan<byte> body, JsonView messages, ReadOnlySpan<byte> anchor)
    {
        using var added = new PooledBuffer(512);
        var json = new JsonOutput(added);
        added.Write(",{\"role\":\"user\",\"content\":\""u8);
        json.Escaped("Your answer above was cut off. Go on exactly where it ended: first repeat its last words, "u8);
        json.Escaped("which stand between the lines below, character by character, then write what follows them. "u8);
        json.Escaped("Write nothing before them, and no comment.\n---\n"u8);
        json.Escaped(anchor);
        json.Escaped("\n---"u8);
        added.Write("\"}"u8);
        edits.Insert(JsonEdits.PlaceOf(body, messages.Raw) + messages.Raw.Length - 1, added.WrittenSpan);
    }

    /// <summary>What is to be said a second time must not take the place of what is still to be said.</summary>
    private static void Reduce(JsonEdits edits, ReadOnlySpan<byte> body, JsonView limit, long taken, long repeated)
    {
        if (limit.TryGetInt64(out var tokens) && tokens > 0)
        {
            Span<byte> digits = stackalloc byte[20];
            Math.Min(tokens, Math.Max(1, tokens - taken) + repeated).TryFormat(digits, out var length);
            edits.Replace(body, limit.Raw, digits[..length]);
        }
    }

    private static bool WantsThoughts(JsonView body)
    {
        var thinking = body.Member("thinking"u8);
        var effort = body.Member("reasoning_effort"u8);
        return (thinking.IsObject && !thinking.Member("type"u8).Says("disabled"u8))
            || (effort.IsString && !effort.Says("none"u8))
            || body.Member("reasoning"u8).IsObject;
    }

    /// <summary>In OpenAI's words, in Anthropic's, and in those of Anthropic's while it was new.</summary>
    private static bool HasFormat(JsonView body)
    {
        var format = body.Member("response_format"u8);
        return (format.IsObject && !format.Member("type"u8).Says("text"u8))
            || body.Member("output_config"u8).Member("format"u8).IsObject
            || body.Member("output_format"u8).IsObject;
    }
}

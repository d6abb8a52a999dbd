using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Responses;

/// <summary>
/// Writes the items of an answer. Ids, names and texts come with the escapes that they need; ids and names with their
/// quotation marks too.
/// </summary>
internal static class ResponseItems
{
    /// <summary>
    /// Begins an item that has parts, which come next: thoughts, as they came, because nobody has summed them up, or a
    /// message.
    /// </summary>
    public static void BeginParts(
        JsonOutput output, AnswerPart kind, ReadOnlySpan<byte> id, ReadOnlySpan<byte> status)
    {
        if (kind == AnswerPart.Thought)
        {
            Begin(output, "reasoning"u8, id, status);
            output.BeginArray("summary"u8);
            output.EndArray();
        }
        else
        {
            Begin(output, "message"u8, id, status);
            output.Word("role"u8, "assistant"u8);
        }

        output.BeginArray("content"u8);
    }

    /// <summary>Ends the parts and their item.</summary>
    public static void EndParts(JsonOutput output)
    {
        output.EndArray();
        output.EndObject();
    }

    public static void WriteCall(
        JsonOutput output, ReadOnlySpan<byte> id, ReadOnlySpan<byte> status, ReadOnlySpan<byte> callId,
        ReadOnlySpan<byte> name, ReadOnlySpan<byte> arguments)
    {
        Begin(output, "function_call"u8, id, status);
        output.Name("call_id"u8);
        output.Raw(callId);
        output.Name("name"u8);
        output.Raw(name);
        WriteText(output, "arguments"u8, arguments);
        output.EndObject();
    }

    /// <summary>How far into a text's part its annotations begin.</summary>
    public static int AnnotationsStart { get; } = "{\"type\":\"output_text\",\"annotations\":["u8.Length;

    /// <summary>How far before a message's end its parts end.</summary>
    public static int AfterParts { get; } = "]}"u8.Length;

    /// <summary>Writes a part of a message or of thoughts.</summary>
    /// <param name="output">The caller's bytes.</param>
    /// <param name="kind">What it is; no call.</param>
    /// <param name="text">What it says.</param>
    /// <param name="logprobs">Of a text: the probabilities of its tokens, with their commas.</param>
    /// <param name="annotations">Of a text: what it cites, with commas.</param>
    public static void WritePart(
        JsonOutput output, AnswerPart kind, ReadOnlySpan<byte> text, ReadOnlySpan<byte> logprobs,
        ReadOnlySpan<byte> annotations = default)
    {
        output.BeginObject();
        switch (kind)
        {
            case AnswerPart.Thought:
                output.Word("type"u8, "reasoning_text"u8);
                WriteText(output, "text"u8, text);
                break;
            case AnswerPart.Refusal:
                output.Word("type"u8, "refusal"u8);
                WriteText(output, "refusal"u8, text);
                break;
            default:
                output.Word("type"u8, "output_text"u8);
                output.BeginArray("annotations"u8);
                output.Raw(annotations);
                output.EndArray();
                output.BeginArray("logprobs"u8);
                output.Raw(logprobs);
                output.EndArray();
                WriteText(output, "text"u8, text);
                break;
        }

        output.EndObject();
    }

    /// <summary>Adds a chat's probabilities of tokens to those of before.</summary>
    /// <returns>Where the new ones begin.</returns>
    public static int AddLogprobs(PooledBuffer kept, JsonView tokens)
    {
        var start = kept.Length;
        if (!tokens.IsArray || tokens.IsEmpty)
        {
            return start;
        }

        kept.Write(start > 0 ? ","u8 : default);
        WriteLogprobs(new JsonOutput(kept), tokens);
        return start > 0 ? start + 1 : 0;
    }

    /// <summary>Writes a chat's probabilities of tokens, with their commas; nothing where there are none.</summary>
    /// <exception cref="JsonException">They are not what a chat has.</exception>
    public static void WriteLogprobs(JsonOutput output, JsonView tokens)
    {
        var items = tokens.IsArray ? tokens.Items() : default;
        while (items.Next())
        {
            output.BeginObject();
            WriteToken(output, items.Value);
            output.BeginArray("top_logprobs"u8);
            var top = items.Value.Member("top_logprobs"u8);
            var others = top.IsArray ? top.Items() : default;
            while (others.Next())
            {
                output.BeginObject();
                WriteToken(output, others.Value);
                output.EndObject();
            }

            output.EndArray();
            output.EndObject();
        }
    }

    /// <summary>Writes a string that has the escapes that it needs.</summary>
    public static void WriteText(JsonOutput output, ReadOnlySpan<byte> name, ReadOnlySpan<byte> text)
    {
        output.Name(name);
        output.BeginString();
        output.Piece(text);
        output.EndString();
    }

    private static void Begin(
        JsonOutput output, ReadOnlySpan<byte> type, ReadOnlySpan<byte> id, ReadOnlySpan<byte> status)
    {
        output.BeginObject();
        output.Name("id"u8);
        output.Raw(id);
        output.Word("type"u8, type);
        output.Word("status"u8, status);
    }

    private static void WriteToken(JsonOutput output, JsonView value)
    {
        var token = value.Member("token"u8);
        var probability = value.Member("logprob"u8);
        if (!token.IsString || !probability.IsNumber)
        {
            throw new JsonException("A token has a text and a number.");
        }

        output.Value("token"u8, token);
        output.Value("logprob"u8, probability);
        output.BeginArray("bytes"u8);
        var bytes = value.Member("bytes"u8);
        var items = bytes.IsArray ? bytes.Items() : default;
        while (items.Next())
        {
            output.Value(items.Value.IsNumber ? items.Value : throw new JsonException("A byte is a number."));
        }

        output.EndArray();
    }
}

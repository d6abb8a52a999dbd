using System.Text.Json;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Validation;

/// <summary>
/// Puts the text of a whole message, or of all the events of a stream, of Anthropic's dialect together. There is one
/// choice.
/// </summary>
internal static class AnthropicTexts
{
    /// <inheritdoc cref="OpenAiTexts.OfAnswer"/>
    public static SortedDictionary<int, AnswerText> OfAnswer(ReadOnlyMemory<byte> body)
    {
        var text = new AnswerText();
        using var document = JsonDocument.Parse(body, OpenAiTexts.Reading);
        AddMessage(text, document.RootElement);
        return new SortedDictionary<int, AnswerText> { [0] = text };
    }

    /// <inheritdoc cref="OpenAiTexts.OfAnswer"/>
    public static SortedDictionary<int, AnswerText> OfStream(ReadOnlyMemory<byte> events)
    {
        var text = new AnswerText();
        using var parser = new SseParser();
        var unread = events;
        while (parser.TryRead(unread.Span, atEnd: true, out var sse, out var consumed))
        {
            unread = unread[consumed..];
            if (!sse.Data.IsEmpty)
            {
                using var document = JsonDocument.Parse(sse.Data.ToArray(), OpenAiTexts.Reading);
                AddEvent(text, document.RootElement);
            }
        }

        return new SortedDictionary<int, AnswerText> { [0] = text };
    }

    private static void AddMessage(AnswerText text, JsonElement message)
    {
        AddStop(text, message);
        if (!message.TryGetProperty("content", out var content) || content.ValueKind != JsonValueKind.Array)
        {
            return;
        }

        foreach (var block in content.EnumerateArray())
        {
            AddBlock(text, block);
        }
    }

    private static void AddEvent(AnswerText text, JsonElement sse)
    {
        switch (Word(sse, "type"))
        {
            case "message_start" when sse.TryGetProperty("message", out var message)
                && message.ValueKind == JsonValueKind.Object:
                AddMessage(text, message);
                break;
            case "content_block_start" when sse.TryGetProperty("content_block", out var block):
                AddBlock(text, block);
                break;
            case "content_block_delta" when sse.TryGetProperty("delta", out var delta)
                && Word(delta, "type") == "text_delta":
                text.Append(Word(delta, "text") ?? "");
                break;
            case "message_delta" when sse.TryGetProperty("delta", out var delta)
                && delta.ValueKind == JsonValueKind.Object:
                AddStop(text, delta);
                break;
            default:
                break;
        }
    }

    private static void AddBlock(AnswerText text, JsonElement block)
    {
        switch (Word(block, "type"))
        {
            case "text":
                text.Append(Word(block, "text") ?? "");
                break;
            case "tool_use" when Word(block, "name") is { Length: > 0 }:
                text.IsOfOtherKind = true;
                break;
            default:
                break;
        }
    }

    private static void AddStop(AnswerText text, JsonElement holder)
    {
        var reason = Word(holder, "stop_reason");
        text.IsCutByLength |= reason is "max_tokens" or "model_context_window_exceeded";
        text.IsOfOtherKind |= reason == "refusal";
    }

    private static string? Word(JsonElement holder, string name) => holder.ValueKind == JsonValueKind.Object
        && holder.TryGetProperty(name, out var word) && word.ValueKind == JsonValueKind.String
            ? word.GetString()
            : null;
}

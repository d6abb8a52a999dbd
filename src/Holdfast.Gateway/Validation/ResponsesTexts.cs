using System.Text.Json;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Validation;

/// <summary>
/// Puts the text of a whole response, or of all the events of a stream, of OpenAI's Responses API together. There is
/// one choice. A stream says all that it said again in its last event, and that is what is read.
/// </summary>
internal static class ResponsesTexts
{
    /// <inheritdoc cref="OpenAiTexts.OfAnswer"/>
    public static SortedDictionary<int, AnswerText> OfAnswer(ReadOnlyMemory<byte> body)
    {
        var text = new AnswerText();
        using var document = JsonDocument.Parse(body, OpenAiTexts.Reading);
        AddResponse(text, document.RootElement);
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
            if (sse.Data.IsEmpty || sse.Data.SequenceEqual("[DONE]"u8))
            {
                continue;
            }

            using var document = JsonDocument.Parse(sse.Data.ToArray(), OpenAiTexts.Reading);
            if (Word(document.RootElement, "type") is "response.completed" or "response.incomplete"
                && document.RootElement.TryGetProperty("response", out var response))
            {
                AddResponse(text, response);
            }
        }

        return new SortedDictionary<int, AnswerText> { [0] = text };
    }

    private static void AddResponse(AnswerText text, JsonElement response)
    {
        if (response.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        if (response.TryGetProperty("incomplete_details", out var details))
        {
            var reason = Word(details, "reason");
            text.IsCutByLength |= reason == "max_output_tokens";
            text.IsOfOtherKind |= reason == "content_filter";
        }

        foreach (var item in Items(response, "output"))
        {
            switch (Word(item, "type"))
            {
                case "message":
                    AddMessage(text, item);
                    break;
                // Its text, if there is one, is what the model thinks, and not what it says.
                case "reasoning" or null:
                    break;
                default:
                    text.IsOfOtherKind |= Word(item, "name") is { Length: > 0 } || Word(item, "id") is { Length: > 0 };
                    break;
            }
        }
    }

    private static void AddMessage(AnswerText text, JsonElement message)
    {
        foreach (var part in Items(message, "content"))
        {
            switch (Word(part, "type"))
            {
                case "output_text":
                    text.Append(Word(part, "text") ?? "");
                    break;
                case "refusal":
                    text.IsOfOtherKind |= Word(part, "refusal") is { Length: > 0 };
                    break;
                default:
                    break;
            }
        }
    }

    private static IEnumerable<JsonElement> Items(JsonElement holder, string name) =>
        holder.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray()
            : [];

    private static string? Word(JsonElement holder, string name) => holder.ValueKind == JsonValueKind.Object
        && holder.TryGetProperty(name, out var word) && word.ValueKind == JsonValueKind.String
            ? word.GetString()
            : null;
}

using System.Text.Json;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Validation;

/// <summary>
/// Finds the text of each choice in a whole answer, or in all the events of a stream, of OpenAI's dialect.
/// </summary>
internal static class OpenAiTexts
{
    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = OpenAiProvider.MaxDepth };

    /// <exception cref="JsonException">It is not what the dialect's reader let through.</exception>
    public static SortedDictionary<int, AnswerText> OfAnswer(ReadOnlyMemory<byte> body)
    {
        var choices = new SortedDictionary<int, AnswerText>();
        Add(choices, body);
        return choices;
    }

    /// <inheritdoc cref="OfAnswer"/>
    public static SortedDictionary<int, AnswerText> OfStream(ReadOnlyMemory<byte> events)
    {
        var choices = new SortedDictionary<int, AnswerText>();
        using var parser = new SseParser();
        var unread = events;
        while (parser.TryRead(unread.Span, atEnd: true, out var sse, out var consumed))
        {
            unread = unread[consumed..];
            if (!sse.Data.IsEmpty && !sse.Data.SequenceEqual("[DONE]"u8))
            {
                Add(choices, sse.Data.ToArray());
            }
        }

        return choices;
    }

    private static void Add(SortedDictionary<int, AnswerText> texts, ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json, Reading);
        if (!document.RootElement.TryGetProperty("choices", out var choices)
            || choices.ValueKind != JsonValueKind.Array)
        {
            return;
        }

        var position = 0;
        foreach (var choice in choices.EnumerateArray())
        {
            AddChoice(texts, choice, position++);
        }
    }

    private static void AddChoice(SortedDictionary<int, AnswerText> texts, JsonElement choice, int position)
    {
        if (choice.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        var index = choice.TryGetProperty("index", out var given) && given.ValueKind == JsonValueKind.Number
            && given.TryGetInt32(out var number) ? number : position;
        if (!texts.TryGetValue(index, out var text))
        {
            texts[index] = text = new AnswerText();
        }

        var reason = choice.TryGetProperty("finish_reason", out var finish)
            && finish.ValueKind == JsonValueKind.String ? finish.GetString() : null;
        text.IsCutByLength |= reason == "length";
        text.IsOfOtherKind |= reason == "content_filter";
        foreach (var member in choice.EnumerateObject())
        {
            if (member.Name is "message" or "delta" && member.Value.ValueKind == JsonValueKind.Object)
            {
                AddMessage(text, member.Value);
            }
        }
    }

    private static void AddMessage(AnswerText text, JsonElement message)
    {
        foreach (var member in message.EnumerateObject())
        {
            switch (member.Name)
            {
                case "content":
                    AddContent(text, member.Value);
                    break;
                case "refusal":
                    text.IsOfOtherKind |= member.Value.ValueKind == JsonValueKind.String
                        && !member.Value.ValueEquals(ReadOnlySpan<char>.Empty);
                    break;
                case "tool_calls":
                    text.IsOfOtherKind |= member.Value.ValueKind == JsonValueKind.Array
                        && member.Value.GetArrayLength() > 0;
                    break;
                case "function_call" or "audio":
                    text.IsOfOtherKind |= member.Value.ValueKind == JsonValueKind.Object;
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>A text, or a list of parts of which some are text.</summary>
    private static void AddContent(AnswerText text, JsonElement content)
    {
        if (content.ValueKind == JsonValueKind.String)
        {
            text.Append(content.GetString()!);
            return;
        }

        foreach (var part in content.ValueKind == JsonValueKind.Array ? content.EnumerateArray() : default)
        {
            if (part.ValueKind == JsonValueKind.Object && part.TryGetProperty("text", out var words)
                && words.ValueKind == JsonValueKind.String)
            {
                text.Append(words.GetString()!);
            }
        }
    }
}

using System.Text.Json;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Validation;

/// <summary>
/// Finds the text of each choice in a whole answer, or in all the events of a stream, of OpenAI's dialect.
/// </summary>
internal static class OpenAiTexts
{
    /// <summary>How an answer that is judged is read, in any dialect.</summary>
    public static readonly JsonDocumentOptions Reading = new()
    {
        MaxDepth = OpenAiProvider.MaxDepth,
        // A reader takes the last of two equal names; judged together they could pass as what neither of them is.
        AllowDuplicateProperties = false,
    };

    /// <exception cref="JsonException">
    /// It is not what the dialect's reader let through, or has a name twice in one object.
    /// </exception>
    public static SortedDictionary<int, AnswerText> OfAnswer(ReadOnlyMemory<byte> body)
    {
        var choices = new SortedDictionary<int, AnswerText>();
        Add(choices, body, isStream: false);
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
                Add(choices, sse.Data.ToArray(), isStream: true);
            }
        }

        return choices;
    }

    private static void Add(SortedDictionary<int, AnswerText> texts, ReadOnlyMemory<byte> json, bool isStream)
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
            AddChoice(texts, choice, position++, isStream);
        }
    }

    private static void AddChoice(
        SortedDictionary<int, AnswerText> texts, JsonElement choice, int position, bool isStream)
    {
        if (choice.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        // A stream's parts belong together by their index. In a whole answer each choice stands for itself: two of one
        // index must not become one text.
        var index = isStream && choice.TryGetProperty("index", out var given)
            && given.ValueKind == JsonValueKind.Number && given.TryGetInt32(out var number) ? number : position;
        if (!texts.TryGetValue(index, out var text))
        {
            texts[index] = text = new AnswerText();
        }

        var reason = choice.TryGetProperty("finish_reason", out var finish)
            && finish.ValueKind == JsonValueKind.String ? finish.GetString() : null;
        text.IsCutByLength |= reason == "length";
        text.IsOfOtherKind |= reason == "content_filter";
        // One of them only: what a reader doesn't put together must not be judged together.
        JsonElement message = default;
        var isFound = isStream && choice.TryGetProperty("delta", out message);
        if ((isFound || choice.TryGetProperty("message", out message)) && message.ValueKind == JsonValueKind.Object)
        {
            AddMessage(text, message);
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
                    text.IsOfOtherKind |= IsSaid(member.Value);
                    break;
                case "tool_calls":
                    text.IsOfOtherKind |= member.Value.ValueKind == JsonValueKind.Array
                        && member.Value.EnumerateArray().Any(IsToolCall);
                    break;
                case "function_call":
                    text.IsOfOtherKind |= Says(member.Value, "name");
                    break;
                case "audio":
                    text.IsOfOtherKind |= Says(member.Value, "data");
                    break;
                default:
                    break;
            }
        }
    }

    // An empty call beside a text is no call: the text would go unjudged.
    private static bool IsToolCall(JsonElement call) => Says(call, "id")
        || (call.ValueKind == JsonValueKind.Object && call.TryGetProperty("function", out var function)
            && Says(function, "name"));

    private static bool Says(JsonElement value, string name) => value.ValueKind == JsonValueKind.Object
        && value.TryGetProperty(name, out var said) && IsSaid(said);

    private static bool IsSaid(JsonElement value) =>
        value.ValueKind == JsonValueKind.String && !value.ValueEquals(ReadOnlySpan<char>.Empty);

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

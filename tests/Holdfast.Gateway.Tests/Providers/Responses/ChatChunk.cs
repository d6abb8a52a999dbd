using System.Text;
using System.Text.Json;

namespace Holdfast.Gateway.Tests.Providers.Responses;

/// <summary>Reads recorded chunks of chats in the plainest way, to compare with.</summary>
internal static class ChatChunk
{
    public static bool Is(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            return json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("choices", out _);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Thoughts, text, refusals and calls of a stream.</summary>
    public static string Said(string[] chunks)
    {
        StringBuilder thoughts = new(), text = new(), refusals = new(), calls = new();
        foreach (var chunk in chunks)
        {
            using var json = JsonDocument.Parse(chunk);
            foreach (var choice in json.RootElement.GetProperty("choices").EnumerateArray())
            {
                if (!choice.TryGetProperty("delta", out var delta) || delta.ValueKind != JsonValueKind.Object)
                {
                    continue;
                }

                thoughts.Append(Word(delta, "reasoning_content") ?? Word(delta, "reasoning"));
                text.Append(Word(delta, "content"));
                refusals.Append(Word(delta, "refusal"));
                foreach (var part in Items(delta, "content"))
                {
                    text.Append(Word(part, "text"));
                    foreach (var thought in Items(part, "thinking"))
                    {
                        thoughts.Append(Word(thought, "text"));
                    }
                }

                foreach (var call in Items(delta, "tool_calls"))
                {
                    Append(calls, call.GetProperty("function"));
                }
            }
        }

        return $"{thoughts}|{text}|{refusals}|{(calls.Length > 0 ? calls.Append(')') : calls)}";
    }

    private static void Append(StringBuilder calls, JsonElement function)
    {
        if (Word(function, "name") is { Length: > 0 } name)
        {
            calls.Append(calls.Length > 0 ? ")" : "").Append(name).Append('(');
        }

        calls.Append(Word(function, "arguments"));
    }

    private static IEnumerable<JsonElement> Items(JsonElement holder, string name) =>
        holder.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().ToList()
            : [];

    private static string? Word(JsonElement holder, string name) =>
        holder.TryGetProperty(name, out var word) && word.ValueKind == JsonValueKind.String ? word.GetString() : null;
}

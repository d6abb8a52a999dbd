using System.Text.Json;
using Holdfast.Simulator.Answers;
using Holdfast.Simulator.Providers;

namespace Holdfast.Simulator.OpenAi;

/// <summary>Reads a chat request as OpenAI's specification describes it; unknown fields are accepted.</summary>
internal static class ChatRequest
{
    public static (Question? Question, Problem? Problem) Read(JsonElement root, string? deployment)
    {
        var model = deployment ?? Text(root, "model");
        if (string.IsNullOrEmpty(model))
        {
            return (null, Problem.Missing("model"));
        }

        if (!root.TryGetProperty("messages", out var messages))
        {
            return (null, Problem.Missing("messages"));
        }

        if (messages.ValueKind != JsonValueKind.Array || messages.GetArrayLength() == 0)
        {
            return (null, Problem.Invalid("messages", "expected an array with at least one message"));
        }

        if (!TryWhole(root, "max_tokens", 1, out var oldLimit))
        {
            return (null, Problem.Invalid("max_tokens", "expected a whole number of 1 or more"));
        }

        if (!TryWhole(root, "max_completion_tokens", 1, out var limit))
        {
            return (null, Problem.Invalid("max_completion_tokens", "expected a whole number of 1 or more"));
        }

        if (!TryWhole(root, "n", 1, out var choices) || choices > 128)
        {
            return (null, Problem.Invalid("n", "expected 1 to 128"));
        }

        var (wish, wished) = Wish(root);
        var (wantsJson, schema) = Format(root);
        return (new Question
        {
            Model = model,
            Stream = Flag(root, "stream", false),
            IncludeUsage = Object(root, "stream_options") is { } options && Flag(options, "include_usage", false),
            MaxTokens = limit ?? oldLimit ?? int.MaxValue,
            Choices = choices ?? 1,
            Conversation = ConversationReader.Read(messages),
            Tools = Tools(root),
            Wish = wish,
            WishedTool = wished,
            ParallelTools = Flag(root, "parallel_tool_calls", true),
            WantsJson = wantsJson,
            Schema = schema,
            Stop = Stops(root),
        }, null);
    }

    public static string? Text(JsonElement value, string key) =>
        value.TryGetProperty(key, out var found) && found.ValueKind == JsonValueKind.String ? found.GetString() : null;

    public static bool Flag(JsonElement value, string key, bool otherwise) =>
        value.TryGetProperty(key, out var found) && found.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? found.GetBoolean() : otherwise;

    public static int? Number(JsonElement value, string key) =>
        value.TryGetProperty(key, out var found) && found.ValueKind == JsonValueKind.Number
        && found.TryGetInt32(out var number) ? number : null;

    /// <summary>
    /// Reads a whole number of at least so much; false where something else is there. Nothing, and null, are right too.
    /// </summary>
    public static bool TryWhole(JsonElement value, string key, int least, out int? number)
    {
        number = null;
        if (!value.TryGetProperty(key, out var found) || found.ValueKind == JsonValueKind.Null)
        {
            return true;
        }

        number = Number(value, key);
        return number >= least;
    }

    public static JsonElement? Object(JsonElement value, string key) =>
        value.TryGetProperty(key, out var found) && found.ValueKind == JsonValueKind.Object ? found : null;

    public static IEnumerable<JsonElement> Objects(JsonElement value, string key) =>
        value.TryGetProperty(key, out var found) && found.ValueKind == JsonValueKind.Array
            ? found.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object) : [];

    private static List<ToolOffer> Tools(JsonElement root) =>
        [.. Objects(root, "tools").Select(tool => Object(tool, "function")).OfType<JsonElement>()
            .Where(function => Text(function, "name") is { Length: > 0 })
            .Select(function => new ToolOffer(Text(function, "name")!, Object(function, "parameters")))];

    private static (ToolWish Wish, string? Name) Wish(JsonElement root)
    {
        if (Object(root, "tool_choice") is { } named)
        {
            return (ToolWish.Required, Object(named, "function") is { } function ? Text(function, "name") : null);
        }

        return Text(root, "tool_choice") switch
        {
            "none" => (ToolWish.None, null),
            "required" => (ToolWish.Required, null),
            _ => (ToolWish.Auto, null),
        };
    }

    private static (bool WantsJson, JsonElement? Schema) Format(JsonElement root)
    {
        if (Object(root, "response_format") is not { } format)
        {
            return (false, null);
        }

        return Text(format, "type") switch
        {
            "json_object" => (true, null),
            "json_schema" => (true, Object(format, "json_schema") is { } named ? Object(named, "schema") : null),
            _ => (false, null),
        };
    }

    private static IReadOnlyList<string> Stops(JsonElement root)
    {
        if (!root.TryGetProperty("stop", out var stop))
        {
            return [];
        }

        return stop.ValueKind switch
        {
            JsonValueKind.String => [stop.GetString()!],
            JsonValueKind.Array => [.. stop.EnumerateArray()
                .Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)],
            _ => [],
        };
    }
}

using System.Text.Json;
using Holdfast.Simulator.Answers;
using Holdfast.Simulator.OpenAi;
using Holdfast.Simulator.Providers;

namespace Holdfast.Simulator.Anthropic;

/// <summary>Reads a message request as Anthropic's reference describes it; unknown fields are accepted.</summary>
internal static class MessagesRequest
{
    public static (Question? Question, Problem? Problem) Read(JsonElement root)
    {
        var model = ChatRequest.Text(root, "model");
        if (string.IsNullOrEmpty(model))
        {
            return (null, Invalid("model: Field required"));
        }

        if (ChatRequest.Number(root, "max_tokens") is not { } maxTokens)
        {
            return (null, Invalid("max_tokens: Field required"));
        }

        if (maxTokens < 1)
        {
            return (null, Invalid("max_tokens: must be 1 or more"));
        }

        if (!root.TryGetProperty("messages", out var messages))
        {
            return (null, Invalid("messages: Field required"));
        }

        if (messages.ValueKind != JsonValueKind.Array || messages.GetArrayLength() == 0)
        {
            return (null, Invalid("messages: at least one message is required"));
        }

        if (EndsInWhiteSpace(messages[messages.GetArrayLength() - 1]))
        {
            return (null, Invalid("messages: final assistant content cannot end with trailing whitespace"));
        }

        var choice = ChatRequest.Object(root, "tool_choice");
        var wish = (choice is { } given ? ChatRequest.Text(given, "type") : null) switch
        {
            "none" => ToolWish.None,
            "any" or "tool" => ToolWish.Required,
            _ => ToolWish.Auto,
        };
        var format = ChatRequest.Object(root, "output_config") is { } output
            ? ChatRequest.Object(output, "format") : null;
        return (new Question
        {
            Model = model,
            WantsJson = format is not null,
            Schema = format is { } shape ? ChatRequest.Object(shape, "schema") : null,
            Stream = ChatRequest.Flag(root, "stream", false),
            MaxTokens = maxTokens,
            Conversation = ConversationReader.Read(messages,
                root.TryGetProperty("system", out var system) ? system : null),
            Tools = Tools(root),
            Wish = wish,
            WishedTool = choice is { } named ? ChatRequest.Text(named, "name") : null,
            ParallelTools = choice is not { } limited
                || !ChatRequest.Flag(limited, "disable_parallel_tool_use", false),
            Stop = Stops(root),
        }, null);
    }

    private static bool EndsInWhiteSpace(JsonElement last) =>
        last.ValueKind == JsonValueKind.Object && ChatRequest.Text(last, "role") == "assistant"
        && ChatRequest.Text(last, "content") is { Length: > 0 } text && char.IsWhiteSpace(text[^1]);

    private static Problem Invalid(string message) => new(400, "invalid_request_error", null, message);

    private static List<ToolOffer> Tools(JsonElement root) => [.. ChatRequest.Objects(root, "tools")
        .Where(tool => ChatRequest.Text(tool, "name") is { Length: > 0 })
        .Select(tool => new ToolOffer(ChatRequest.Text(tool, "name")!, ChatRequest.Object(tool, "input_schema")))];

    private static IReadOnlyList<string> Stops(JsonElement root) =>
        root.TryGetProperty("stop_sequences", out var stops) && stops.ValueKind == JsonValueKind.Array
            ? [.. stops.EnumerateArray().Where(stop => stop.ValueKind == JsonValueKind.String)
                .Select(stop => stop.GetString()!)]
            : [];
}

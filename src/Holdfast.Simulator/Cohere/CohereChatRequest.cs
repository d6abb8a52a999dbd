using System.Text.Json;
using Holdfast.Simulator.Answers;
using Holdfast.Simulator.OpenAi;
using Holdfast.Simulator.Providers;

namespace Holdfast.Simulator.Cohere;

/// <summary>Reads a request to Cohere's chat, version 2, as its reference describes it.</summary>
internal static class CohereChatRequest
{
    private static readonly string[] Fields =
    [
        "model", "messages", "stream", "tools", "strict_tools", "tool_choice", "documents", "citation_options",
        "response_format", "safety_mode", "max_tokens", "stop_sequences", "temperature", "seed", "frequency_penalty",
        "presence_penalty", "k", "p", "logprobs", "thinking", "priority",
    ];

    public static (Question? Question, Problem? Problem) Read(JsonElement root)
    {
        var model = ChatRequest.Text(root, "model");
        if (string.IsNullOrEmpty(model))
        {
            return (null, Invalid("invalid request: model must be set."));
        }

        if (!root.TryGetProperty("messages", out var messages) || messages.ValueKind != JsonValueKind.Array
            || messages.GetArrayLength() == 0)
        {
            return (null, Invalid("invalid request: list of messages must not be empty."));
        }

        foreach (var field in root.EnumerateObject())
        {
            if (!Fields.Contains(field.Name))
            {
                return (null, new Problem(
                    422, "invalid_request_error", null, $"unknown field: parameter '{field.Name}'"));
            }
        }

        if (!ChatRequest.TryWhole(root, "max_tokens", 0, out var maxTokens))
        {
            return (null, Invalid("invalid request: max_tokens must be a whole number of 0 or more."));
        }

        var format = ChatRequest.Object(root, "response_format");
        return (new Question
        {
            Model = model,
            Stream = ChatRequest.Flag(root, "stream", false),
            MaxTokens = maxTokens ?? int.MaxValue,
            Conversation = ConversationReader.Read(messages),
            Tools = Tools(root),
            Wish = ChatRequest.Text(root, "tool_choice") switch
            {
                "REQUIRED" => ToolWish.Required,
                "NONE" => ToolWish.None,
                _ => ToolWish.Auto,
            },
            WantsJson = format is { } wanted && ChatRequest.Text(wanted, "type") == "json_object",
            Schema = format is { } shaped ? ChatRequest.Object(shaped, "json_schema") : null,
            Stop = Stops(root),
        }, null);
    }

    private static Problem Invalid(string message) => new(400, "invalid_request_error", null, message);

    private static List<ToolOffer> Tools(JsonElement root) =>
        [.. ChatRequest.Objects(root, "tools").Select(tool => ChatRequest.Object(tool, "function"))
            .OfType<JsonElement>().Where(function => ChatRequest.Text(function, "name") is { Length: > 0 })
            .Select(function => new ToolOffer(
                ChatRequest.Text(function, "name")!, ChatRequest.Object(function, "parameters")))];

    private static IReadOnlyList<string> Stops(JsonElement root) =>
        root.TryGetProperty("stop_sequences", out var stops) && stops.ValueKind == JsonValueKind.Array
            ? [.. stops.EnumerateArray().Where(stop => stop.ValueKind == JsonValueKind.String)
                .Select(stop => stop.GetString()!)]
            : [];
}

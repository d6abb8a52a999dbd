using System.Text.Json;
using Holdfast.Simulator.Answers;
using Holdfast.Simulator.OpenAi;
using Holdfast.Simulator.Providers;

namespace Holdfast.Simulator.Ollama;

/// <summary>
/// Reads a request to Ollama's chat as its reference describes it. Fields that nobody knows are passed over there; what
/// has the wrong type is refused, as a server in Go does.
/// </summary>
internal static class OllamaChatRequest
{
    private static readonly string[] Roles = ["system", "user", "assistant", "tool"];

    public static (Question? Question, Problem? Problem) Read(JsonElement root)
    {
        var model = ChatRequest.Text(root, "model");
        if (string.IsNullOrEmpty(model))
        {
            return (null, Invalid("model is required"));
        }

        if (!root.TryGetProperty("messages", out var messages) || messages.ValueKind != JsonValueKind.Array)
        {
            return (null, Invalid("messages must be a list"));
        }

        foreach (var message in messages.EnumerateArray())
        {
            if (Flaw(message) is { } flaw)
            {
                return (null, Invalid(flaw));
            }
        }

        if (Flaw(root, model) is { } fault)
        {
            return (null, Invalid(fault));
        }

        var options = ChatRequest.Object(root, "options");
        var format = root.TryGetProperty("format", out var asked) ? asked : default;
        return (new Question
        {
            Model = model,
            Stream = ChatRequest.Flag(root, "stream", true),
            MaxTokens = options is { } given && ChatRequest.Number(given, "num_predict") is > 0 and var limit
                ? limit
                : int.MaxValue,
            Conversation = ConversationReader.Read(messages),
            Tools = Tools(root),
            WantsJson = format.ValueKind is JsonValueKind.Object or JsonValueKind.String,
            Schema = format.ValueKind == JsonValueKind.Object ? format : null,
            Stop = options is { } own ? Stops(own) : [],
        }, null);
    }

    private static Problem Invalid(string message) => new(400, "invalid_request_error", null, message);

    /// <summary>What the message has that a decoder would refuse; null: nothing.</summary>
    private static string? Flaw(JsonElement message)
    {
        if (message.ValueKind != JsonValueKind.Object || !Roles.Contains(ChatRequest.Text(message, "role")))
        {
            return "invalid role";
        }

        if (message.TryGetProperty("content", out var content) && content.ValueKind != JsonValueKind.String)
        {
            return "json: cannot unmarshal into Go struct field Message.messages.content of type string";
        }

        if (message.TryGetProperty("images", out var images) && images.ValueKind != JsonValueKind.Null
            && !(images.ValueKind == JsonValueKind.Array && images.EnumerateArray().All(image =>
                image.ValueKind == JsonValueKind.String && image.TryGetBytesFromBase64(out _))))
        {
            return "illegal base64 data at input byte 0";
        }

        var calls = ChatRequest.Objects(message, "tool_calls")
            .Select(call => ChatRequest.Object(call, "function"));
        return calls.All(function => function is { } named && ChatRequest.Object(named, "arguments") is not null)
            ? null
            : "json: cannot unmarshal into Go struct field ToolCallFunction.arguments of type map";
    }

    private static string? Flaw(JsonElement root, string model)
    {
        if (!root.TryGetProperty("think", out var think))
        {
            return null;
        }

        var takesLevels = model.StartsWith("gpt-oss", StringComparison.Ordinal);
        return think.ValueKind == JsonValueKind.String && !takesLevels
            ? $"think value \"{think.GetString()}\" is not supported for this model"
            : null;
    }

    private static List<ToolOffer> Tools(JsonElement root) =>
        [.. ChatRequest.Objects(root, "tools").Select(tool => ChatRequest.Object(tool, "function"))
            .OfType<JsonElement>().Where(function => ChatRequest.Text(function, "name") is { Length: > 0 })
            .Select(function => new ToolOffer(
                ChatRequest.Text(function, "name")!, ChatRequest.Object(function, "parameters")))];

    private static IReadOnlyList<string> Stops(JsonElement options) =>
        options.TryGetProperty("stop", out var stops) && stops.ValueKind == JsonValueKind.Array
            ? [.. stops.EnumerateArray().Where(stop => stop.ValueKind == JsonValueKind.String)
                .Select(stop => stop.GetString()!)]
            : [];
}

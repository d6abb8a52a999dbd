using System.Text.Json;
using Holdfast.Simulator.Answers;
using Holdfast.Simulator.OpenAi;
using Holdfast.Simulator.Providers;

namespace Holdfast.Simulator.Bedrock;

/// <summary>Reads a request to Converse as AWS's reference describes it, and refuses what AWS refuses.</summary>
internal static class ConverseRequest
{
    private static readonly string[] Blocks =
        ["text", "image", "document", "toolUse", "toolResult", "reasoningContent", "cachePoint", "guardContent"];

    public static (Question? Question, Problem? Problem) Read(JsonElement root, ConverseCall call)
    {
        var options = ChatRequest.Object(root, "inferenceConfig") ?? default;
        var hasOptions = options.ValueKind == JsonValueKind.Object;
        var tools = ChatRequest.Object(root, "toolConfig");
        if (Messages(root, tools is not null) is { } problem)
        {
            return (null, problem);
        }

        if (hasOptions && options.TryGetProperty("temperature", out var temperature)
            && temperature.GetDouble() is < 0 or > 1)
        {
            return (null, Invalid("The value at inferenceConfig.temperature must be between 0 and 1."));
        }

        var (wish, wished) = Wish(tools);
        return (new Question
        {
            Model = call.Model,
            Stream = call.Stream,
            MaxTokens = hasOptions ? ChatRequest.Number(options, "maxTokens") ?? int.MaxValue : int.MaxValue,
            Conversation = ConversationReader.Read(
                root.GetProperty("messages"), root.TryGetProperty("system", out var system) ? system : null),
            Tools = tools is { } offered ? Offers(offered) : [],
            Wish = wish,
            WishedTool = wished,
            WantsJson = root.TryGetProperty("outputConfig", out _),
            Schema = Schema(root),
            Stop = hasOptions ? Stops(options) : [],
        }, null);
    }

    private static Problem Invalid(string message) => new(400, "ValidationException", null, message);

    private static Problem? Messages(JsonElement root, bool hasTools)
    {
        var messages = ChatRequest.Objects(root, "messages").ToList();
        if (messages.Count == 0)
        {
            return Invalid("The messages list must not be empty.");
        }

        for (var i = 0; i < messages.Count; i++)
        {
            if (ChatRequest.Text(messages[i], "role") != (i % 2 == 0 ? "user" : "assistant"))
            {
                return Invalid("A conversation must begin with the user and alternate between user and assistant.");
            }

            foreach (var block in ChatRequest.Objects(messages[i], "content"))
            {
                if (Block(block, hasTools) is { } problem)
                {
                    return problem;
                }
            }
        }

        return null;
    }

    private static Problem? Block(JsonElement block, bool hasTools)
    {
        var names = block.EnumerateObject().Select(member => member.Name).ToList();
        if (names.Count != 1 || !Blocks.Contains(names[0]))
        {
            return Invalid("A content block has one member, and a known one.");
        }

        return names[0] switch
        {
            "text" when ChatRequest.Text(block, "text") is null or "" =>
                Invalid("The text field in the ContentBlock object is blank."),
            "toolUse" or "toolResult" when !hasTools => Invalid(
                "The toolConfig field must be defined when using toolUse and toolResult content blocks."),
            "image" or "document" when ChatRequest.Object(block, names[0]) is not { } media
                || ChatRequest.Object(media, "source") is not { } source || ChatRequest.Text(source, "bytes") is null =>
                Invalid("An image or a document needs its bytes."),
            _ => null,
        };
    }

    private static List<ToolOffer> Offers(JsonElement config) =>
        [.. ChatRequest.Objects(config, "tools").Select(tool => ChatRequest.Object(tool, "toolSpec"))
            .OfType<JsonElement>().Where(spec => ChatRequest.Text(spec, "name") is { Length: > 0 })
            .Select(spec => new ToolOffer(
                ChatRequest.Text(spec, "name")!,
                ChatRequest.Object(spec, "inputSchema") is { } schema ? ChatRequest.Object(schema, "json") : null))];

    private static (ToolWish Wish, string? Name) Wish(JsonElement? config)
    {
        if (config is not { } tools || ChatRequest.Object(tools, "toolChoice") is not { } choice)
        {
            return (ToolWish.Auto, null);
        }

        return ChatRequest.Object(choice, "tool") is { } one ? (ToolWish.Required, ChatRequest.Text(one, "name"))
            : choice.TryGetProperty("any", out _) ? (ToolWish.Required, null)
            : (ToolWish.Auto, null);
    }

    private static JsonElement? Schema(JsonElement root) =>
        ChatRequest.Object(root, "outputConfig") is { } config
        && ChatRequest.Object(config, "textFormat") is { } format
        && ChatRequest.Object(format, "structure") is { } structure
        && ChatRequest.Object(structure, "jsonSchema") is { } schema
        && ChatRequest.Text(schema, "schema") is { } text
            ? JsonElement.Parse(text) : null;

    private static List<string> Stops(JsonElement options) =>
        options.TryGetProperty("stopSequences", out var list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String)
                .Select(item => item.GetString()!)]
            : [];
}

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
        var options = ChatRequest.Object(root, "inferenceConfig");
        var tools = ChatRequest.Object(root, "toolConfig");
        int? maxTokens = null;
        if ((Messages(root, tools is not null) ?? Settings(options, out maxTokens)) is { } problem)
        {
            return (null, problem);
        }

        if (!TrySchema(root, out var schema))
        {
            return (null, Invalid("The schema at outputConfig.textFormat.structure.jsonSchema is not valid JSON."));
        }

        var (wish, wished) = Wish(tools);
        return (new Question
        {
            Model = call.Model,
            Stream = call.Stream,
            MaxTokens = maxTokens ?? int.MaxValue,
            Conversation = ConversationReader.Read(
                root.GetProperty("messages"), root.TryGetProperty("system", out var system) ? system : null),
            Tools = tools is { } offered ? Offers(offered) : [],
            Wish = wish,
            WishedTool = wished,
            WantsJson = root.TryGetProperty("outputConfig", out _),
            Schema = schema,
            Stop = options is { } given ? Stops(given) : [],
        }, null);
    }

    private static Problem Invalid(string message) => new(400, "ValidationException", null, message);

    private static Problem? Settings(JsonElement? options, out int? maxTokens)
    {
        maxTokens = null;
        if (options is not { } given)
        {
            return null;
        }

        if (!ChatRequest.TryWhole(given, "maxTokens", 1, out maxTokens))
        {
            return Invalid("The value at inferenceConfig.maxTokens must be a whole number of 1 or more.");
        }

        var isRight = !given.TryGetProperty("temperature", out var temperature)
            || temperature.ValueKind == JsonValueKind.Null
            || (temperature.ValueKind == JsonValueKind.Number && temperature.GetDouble() is >= 0 and <= 1);
        return isRight ? null : Invalid("The value at inferenceConfig.temperature must be between 0 and 1.");
    }

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

    /// <summary>The schema comes as a text; false where that text is no JSON.</summary>
    private static bool TrySchema(JsonElement root, out JsonElement? schema)
    {
        schema = null;
        if (ChatRequest.Object(root, "outputConfig") is not { } config
            || ChatRequest.Object(config, "textFormat") is not { } format
            || ChatRequest.Object(format, "structure") is not { } structure
            || ChatRequest.Object(structure, "jsonSchema") is not { } named
            || ChatRequest.Text(named, "schema") is not { } text)
        {
            return true;
        }

        try
        {
            schema = JsonElement.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static List<string> Stops(JsonElement options) =>
        options.TryGetProperty("stopSequences", out var list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String)
                .Select(item => item.GetString()!)]
            : [];
}

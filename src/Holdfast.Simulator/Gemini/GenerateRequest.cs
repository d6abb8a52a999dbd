using System.Text.Json;
using Holdfast.Simulator.Answers;
using Holdfast.Simulator.OpenAi;
using Holdfast.Simulator.Providers;

namespace Holdfast.Simulator.Gemini;

/// <summary>
/// Reads a <c>GenerateContentRequest</c> as Google's reference describes it. Unlike the others, Google refuses fields
/// that it doesn't know.
/// </summary>
internal static class GenerateRequest
{
    private static readonly string[] Fields =
    [
        "contents", "systemInstruction", "tools", "toolConfig", "safetySettings", "generationConfig", "cachedContent",
    ];

    private static readonly string[] Options =
    [
        "temperature", "topP", "topK", "maxOutputTokens", "stopSequences", "seed", "candidateCount",
        "responseMimeType", "responseSchema", "responseJsonSchema", "responseModalities", "presencePenalty",
        "frequencyPenalty", "responseLogprobs", "logprobs", "thinkingConfig",
    ];

    public static (Question? Question, Problem? Problem) Read(JsonElement root, GenerateCall call)
    {
        var options = ChatRequest.Object(root, "generationConfig");
        var problem = Unknown(root, Fields, "") ?? (options is { } given ? Unknown(given, Options, "generation_config.")
            : null) ?? Contents(root, call.Model);
        if (problem is not null)
        {
            return (null, problem);
        }

        int? maxTokens = null;
        if (options is { } limited && !ChatRequest.TryWhole(limited, "maxOutputTokens", 1, out maxTokens))
        {
            return (null, Invalid("generation_config.maxOutputTokens: a whole number of 1 or more is allowed."));
        }

        var settings = options ?? default;
        var hasOptions = options is not null;
        var (wish, wished) = Wish(root);
        return (new Question
        {
            Model = call.Model,
            Stream = call.Stream,
            MaxTokens = maxTokens ?? int.MaxValue,
            Choices = hasOptions ? Math.Clamp(ChatRequest.Number(settings, "candidateCount") ?? 1, 1, 8) : 1,
            Conversation = ConversationReader.Read(root.GetProperty("contents"), System(root)),
            Tools = Tools(root),
            Wish = wish,
            WishedTool = wished,
            WantsJson = hasOptions && ChatRequest.Text(settings, "responseMimeType") == "application/json",
            Schema = hasOptions
                ? ChatRequest.Object(settings, "responseJsonSchema") ?? ChatRequest.Object(settings, "responseSchema")
                : null,
            Stop = hasOptions ? Stops(settings) : [],
        }, null);
    }

    private static Problem Invalid(string message) => new(400, "invalid_request_error", null, message);

    private static Problem? Unknown(JsonElement value, string[] known, string where)
    {
        foreach (var field in value.EnumerateObject())
        {
            if (!known.Contains(field.Name))
            {
                return Invalid(
                    $"Invalid JSON payload received. Unknown name \"{where}{field.Name}\": Cannot find field.");
            }
        }

        return null;
    }

    private static Problem? Contents(JsonElement root, string model)
    {
        if (!root.TryGetProperty("contents", out var contents) || contents.ValueKind != JsonValueKind.Array
            || contents.GetArrayLength() == 0)
        {
            return Invalid("GenerateContentRequest.contents: contents is not specified");
        }

        return contents.EnumerateArray().Select(content => Content(content, model)).FirstOrDefault(
            problem => problem is not null);
    }

    private static Problem? Content(JsonElement content, string model)
    {
        if (content.ValueKind != JsonValueKind.Object || ChatRequest.Text(content, "role") is not ("user" or "model"))
        {
            return Invalid("Please use a valid role: user, model.");
        }

        var parts = ChatRequest.Objects(content, "parts").ToList();
        if (parts.Count == 0)
        {
            return Invalid("GenerateContentRequest.contents: contents.parts must not be empty.");
        }

        var call = parts.Find(part => part.TryGetProperty("functionCall", out _));
        if (call.ValueKind == JsonValueKind.Object && model.StartsWith("gemini-3", StringComparison.Ordinal)
            && ChatRequest.Text(call, "thoughtSignature") is null)
        {
            return Invalid("Function call is missing a thought_signature in functionCall parts.");
        }

        var isNameless = parts.Exists(part => ChatRequest.Object(part, "functionResponse") is { } response
            && (ChatRequest.Text(response, "name") is null || ChatRequest.Object(response, "response") is null));
        return isNameless
            ? Invalid("GenerateContentRequest.contents: a function response has a name and an object.")
            : null;
    }

    private static JsonElement? System(JsonElement root) =>
        ChatRequest.Object(root, "systemInstruction") is { } system && system.TryGetProperty("parts", out var parts)
            ? parts : null;

    private static List<ToolOffer> Tools(JsonElement root) =>
        [.. ChatRequest.Objects(root, "tools").SelectMany(tool => ChatRequest.Objects(tool, "functionDeclarations"))
            .Where(function => ChatRequest.Text(function, "name") is { Length: > 0 })
            .Select(function => new ToolOffer(ChatRequest.Text(function, "name")!,
                ChatRequest.Object(function, "parametersJsonSchema") ?? ChatRequest.Object(function, "parameters")))];

    private static (ToolWish Wish, string? Name) Wish(JsonElement root)
    {
        if (ChatRequest.Object(root, "toolConfig") is not { } config
            || ChatRequest.Object(config, "functionCallingConfig") is not { } calling)
        {
            return (ToolWish.Auto, null);
        }

        var allowed = Texts(calling, "allowedFunctionNames");
        return ChatRequest.Text(calling, "mode") switch
        {
            "NONE" => (ToolWish.None, null),
            "ANY" => (ToolWish.Required, allowed.Count > 0 ? allowed[0] : null),
            _ => (ToolWish.Auto, null),
        };
    }

    private static List<string> Stops(JsonElement options) => Texts(options, "stopSequences");

    private static List<string> Texts(JsonElement value, string key) =>
        value.TryGetProperty(key, out var list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String)
                .Select(item => item.GetString()!)]
            : [];
}

using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.System.Tests.Clients;

/// <summary>The npm package <c>openai</c>.</summary>
internal sealed class NpmClient : IOfficialClient
{
    public async Task<IReadOnlyList<ChatOutcome>> AskAsync(
        ClientSettings settings, IReadOnlyList<ChatCall> calls, int parallel = 1)
    {
        var outcomes = await RunAsync(settings, calls.Select(ToScript), parallel);
        return [.. outcomes.EnumerateArray().Select(ReadOutcome)];
    }

    /// <summary>One call with a body of any kind; what came of it as the script tells it, with all details.</summary>
    public static async Task<JsonElement> CreateAsync(ClientSettings settings, JsonNode body, bool runner = false)
    {
        var call = new JsonObject { ["body"] = body, ["details"] = true, ["runner"] = runner };
        return (await RunAsync(settings, [call], 1))[0];
    }

    public static JsonObject Options(ClientSettings settings)
    {
        var options = new JsonObject
        {
            ["baseURL"] = settings.BaseUrl.ToString(),
            ["apiKey"] = settings.Key,
            ["timeout"] = (int)settings.Timeout.TotalMilliseconds,
        };
        if (settings.MaxRetries is { } retries)
        {
            options["maxRetries"] = retries;
        }

        return options;
    }

    private static async Task<JsonElement> RunAsync(
        ClientSettings settings, IEnumerable<JsonNode> calls, int parallel)
    {
        var input = Options(settings);
        input["parallel"] = parallel;
        input["calls"] = new JsonArray([.. calls]);
        return await NodeScript.RunAsync("chat.mjs", input);
    }

    private static JsonNode ToScript(ChatCall call)
    {
        var body = JsonNode.Parse(call.RequestTo(call.Model))!.AsObject();
        body["stream"] = call.Stream;
        return new JsonObject { ["body"] = body, ["abortAfterChunks"] = call.AbortAfterChunks };
    }

    private static ChatOutcome ReadOutcome(JsonElement outcome) => new(
        outcome.GetProperty("text").GetString()!,
        outcome.GetProperty("finishReason").GetString(),
        outcome.GetProperty("headers").Deserialize<Dictionary<string, string>>()!,
        outcome.TryGetProperty("error", out var error) ? ReadError(error) : null);

    private static ClientError ReadError(JsonElement error) => new(
        error.GetProperty("name").GetString()!,
        error.GetProperty("status").GetInt32(),
        error.GetProperty("code").GetString(),
        error.GetProperty("type").GetString(),
        error.GetProperty("param").GetString(),
        error.GetProperty("message").GetString()!);
}

using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.System.Tests.Clients;

/// <summary>What the npm client gets out of richer answers: choices, tools, schemas, usage, lists of models.</summary>
public sealed class NpmAnswerTests
{
    private const string Models = """
        models:
          smart: { targets: [openai/gpt-4o] }
          claude: { targets: [anthropic/claude-sonnet-4-5] }
        """;

    private const string Weather = """
        {"type": "function", "function": {"name": "get_weather", "description": "Says how the weather is.",
         "parameters": {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
         "required": ["city", "days"], "additionalProperties": false}}}
        """;

    [Fact]
    public async Task Gets_both_choices_of_a_call_plain_and_streamed()
    {
        await using var gateway = await RunningGateway.StartAsync(Models);
        var settings = new ClientSettings(gateway.Url);

        var plain = await NpmClient.CreateAsync(settings, Body("smart", "Two ideas?", """{"n": 2}"""));
        var streamed = await NpmClient.CreateAsync(settings, Body("smart", "Two ideas?", """{"n": 2}"""), runner: true);

        var texts = Texts(plain);
        Assert.Equal(2, texts.Distinct().Count());
        Assert.Equal(texts, Texts(streamed));
    }

    [Theory]
    [InlineData("smart")]
    [InlineData("claude")]
    public async Task Sees_a_usage_chunk_only_when_it_asked_for_one(string model)
    {
        await using var gateway = await RunningGateway.StartAsync(Models);
        var settings = new ClientSettings(gateway.Url);

        var without = await NpmClient.CreateAsync(settings, Body(model, "Count.", """{"stream": true}"""));
        var with = await NpmClient.CreateAsync(settings,
            Body(model, "Count.", """{"stream": true, "stream_options": {"include_usage": true}}"""));

        Assert.All(Chunks(without), chunk =>
        {
            Assert.NotEmpty(chunk.GetProperty("choices").EnumerateArray());
            Assert.True(!chunk.TryGetProperty("usage", out var usage) || usage.ValueKind == JsonValueKind.Null);
        });
        var chunks = Chunks(with);
        Assert.Empty(chunks[^1].GetProperty("choices").EnumerateArray());
        Assert.True(chunks[^1].GetProperty("usage").GetProperty("completion_tokens").GetInt32() > 0);
        Assert.All(chunks[..^1], chunk => Assert.Equal(JsonValueKind.Null, chunk.GetProperty("usage").ValueKind));
        Assert.Single(chunks.Select(chunk => chunk.GetProperty("id").GetString()).Distinct());
    }

    [Theory]
    [InlineData("smart", "openai", "gpt-4o")]
    [InlineData("claude", "anthropic", "claude-sonnet-4-5")]
    public async Task Calls_a_tool_and_answers_with_its_result(string model, string provider, string upstream)
    {
        await using var gateway = await RunningGateway.StartAsync(Models);
        var settings = new ClientSettings(gateway.Url);
        var tools = $$"""{"tools": [{{Weather}}], "max_tokens": 500}""";
        const string Question = "Please use get_weather for Kraków.";

        var plain = await NpmClient.CreateAsync(settings, Body(model, Question, tools));
        var streamed = await NpmClient.CreateAsync(settings, Body(model, Question, tools), runner: true);
        var message = Message(plain);
        var second = Body(model, Question, tools);
        second["messages"]!.AsArray().Add(JsonNode.Parse(message.GetRawText()));
        second["messages"]!.AsArray().Add(new JsonObject
        {
            ["role"] = "tool",
            ["tool_call_id"] = message.GetProperty("tool_calls")[0].GetProperty("id").GetString(),
            ["content"] = "{\"sky\":\"clear\"}",
        });
        var answer = await NpmClient.CreateAsync(settings, second);
        var answerStreamed = await NpmClient.CreateAsync(settings, second.DeepClone(), runner: true);

        var function = message.GetProperty("tool_calls")[0].GetProperty("function");
        Assert.Equal("get_weather", function.GetProperty("name").GetString());
        var expected = gateway.Simulator.ExpectedAnswer(provider, ToolRequest(provider, upstream, Question));
        Assert.True(JsonNode.DeepEquals(
            JsonNode.Parse(expected), JsonNode.Parse(function.GetProperty("arguments").GetString()!)));
        var streamedFunction = Message(streamed).GetProperty("tool_calls")[0].GetProperty("function");
        Assert.Equal(function.GetProperty("arguments").GetString(),
            streamedFunction.GetProperty("arguments").GetString());
        Assert.Equal("tool_calls", plain.GetProperty("finishReason").GetString());
        Assert.Equal("tool_calls", streamed.GetProperty("finishReason").GetString());
        Assert.Equal("stop", answer.GetProperty("finishReason").GetString());
        Assert.NotEmpty(answer.GetProperty("text").GetString()!);
        Assert.Equal(answer.GetProperty("text").GetString(), answerStreamed.GetProperty("text").GetString());
    }

    [Fact]
    public async Task Gets_an_answer_of_the_schema_it_asked_for()
    {
        await using var gateway = await RunningGateway.StartAsync(Models);
        const string Format = """
            {"response_format": {"type": "json_schema", "json_schema": {"name": "city", "strict": true, "schema":
              {"type": "object", "properties": {"name": {"type": "string"}, "people": {"type": "integer"}},
               "required": ["name", "people"], "additionalProperties": false}}}}
            """;

        var plain = await NpmClient.CreateAsync(
            new ClientSettings(gateway.Url), Body("smart", "Name a city.", Format));
        var streamed = await NpmClient.CreateAsync(
            new ClientSettings(gateway.Url), Body("smart", "Name a city.", Format), runner: true);

        var city = JsonDocument.Parse(plain.GetProperty("text").GetString()!).RootElement;
        Assert.Equal(JsonValueKind.String, city.GetProperty("name").ValueKind);
        Assert.Equal(JsonValueKind.Number, city.GetProperty("people").ValueKind);
        Assert.Equal(plain.GetProperty("text").GetString(), streamed.GetProperty("text").GetString());
    }

    [Fact]
    public async Task Lists_and_retrieves_the_models_that_it_may_ask_for()
    {
        await using var gateway = await RunningGateway.StartAsync(Models);
        var input = NpmClient.Options(new ClientSettings(gateway.Url));
        input["names"] = new JsonArray("smart", "openai/gpt-4o", "gemini/gemini-2.5-flash", "nobody");

        var models = await NodeScript.RunAsync("models.mjs", input);

        Assert.Equal(["smart", "claude", "openai/gpt-4o", "anthropic/claude-sonnet-4-5"],
            Ids(models, "listed").Take(4));
        Assert.Equal(["smart", "openai/gpt-4o", "gemini/gemini-2.5-flash"], Ids(models, "retrieved"));
        var error = Assert.Single(models.GetProperty("errors").EnumerateArray());
        Assert.Equal("NotFoundError", error.GetProperty("name").GetString());
        Assert.Equal("model_not_found", error.GetProperty("code").GetString());
        Assert.Equal("model", error.GetProperty("param").GetString());
    }

    private static JsonObject Body(string model, string text, string more)
    {
        var body = JsonNode.Parse(more)!.AsObject();
        body["model"] = model;
        body["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = text });
        return body;
    }

    private static string ToolRequest(string provider, string upstream, string text)
    {
        var tool = JsonNode.Parse(Weather)!["function"]!;
        var offered = provider == "anthropic"
            ? new JsonObject { ["name"] = "get_weather", ["input_schema"] = tool["parameters"]!.DeepClone() }
            : JsonNode.Parse(Weather)!;
        var request = Body(upstream, text, """{"max_tokens": 500}""");
        request["tools"] = new JsonArray(offered);
        return request.ToJsonString();
    }

    private static List<string?> Texts(JsonElement outcome) =>
        [.. outcome.GetProperty("completion").GetProperty("choices").EnumerateArray()
            .Select(choice => choice.GetProperty("message").GetProperty("content").GetString())];

    private static JsonElement Message(JsonElement outcome)
    {
        Assert.False(outcome.TryGetProperty("error", out var error), error.ToString());
        return outcome.GetProperty("completion").GetProperty("choices")[0].GetProperty("message");
    }

    private static JsonElement[] Chunks(JsonElement outcome)
    {
        Assert.False(outcome.TryGetProperty("error", out var error), error.ToString());
        return [.. outcome.GetProperty("chunks").EnumerateArray()];
    }

    private static IEnumerable<string?> Ids(JsonElement models, string list) =>
        models.GetProperty(list).EnumerateArray().Select(model => model.GetProperty("id").GetString());
}

using System.ClientModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.Simulator;
using OpenAI.Responses;
using static Holdfast.System.Tests.Clients.OfficialClients;

#pragma warning disable OPENAI001 // The SDK calls its whole Responses client experimental.

namespace Holdfast.System.Tests.Clients;

/// <summary>OpenAI's official SDKs, calling the Responses API of providers with such an API and without.</summary>
public sealed class ResponsesTests
{
    private const string Models = """
        models:
          smart: { targets: [openai/gpt-4o] }
          open: { targets: [groq/llama-3.3-70b-versatile] }
          azure: { targets: [azure/gpt-4o] }
          claude: { targets: [anthropic/claude-sonnet-4-5] }
          either: { targets: [openai/gpt-4o, anthropic/claude-sonnet-4-5] }
        defaults: { timeouts: { idle: 300ms } }
        """;

    private const string Question = "Why do bridges stand, Größe, 日本語?";

    private static readonly JsonNode Tools = JsonNode.Parse("""
        [{"type":"function","name":"weather","strict":true,"parameters":{"type":"object",
        "properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}}]
        """)!;

    public static TheoryData<string, string, string, string> Everyone => new()
    {
        { Dotnet, "smart", "openai", "gpt-4o" },
        { Npm, "smart", "openai", "gpt-4o" },
        { Npm, "azure", "azure", "gpt-4o" },
        { Dotnet, "open", "groq", "llama-3.3-70b-versatile" },
        { Npm, "open", "groq", "llama-3.3-70b-versatile" },
        { Dotnet, "claude", "anthropic", "claude-sonnet-4-5" },
        { Npm, "claude", "anthropic", "claude-sonnet-4-5" },
    };

    [Theory]
    [MemberData(nameof(Everyone))]
    public async Task Q2_openais_sdk_gets_the_whole_response_plain_and_streamed(
        string sdk, string model, string provider, string upstream)
    {
        await using var gateway = await RunningGateway.StartAsync(Models);

        var plain = await AskAsync(sdk, gateway, model, stream: false);
        var streamed = await AskAsync(sdk, gateway, model, stream: true);

        var expected = gateway.Simulator.ExpectedAnswer(
            provider, new ChatCall(upstream, Question).RequestTo(upstream));
        Assert.Equal((expected, null), plain);
        Assert.Equal((expected, null), streamed);
        Assert.Equal(2, await gateway.MetricAsync(2, "llm_requests_total", "operation=\"responses\"",
            "status=\"success\""));
    }

    [Theory]
    [InlineData("smart")]
    [InlineData("open")]
    [InlineData("claude")]
    public async Task Q2_openais_sdk_has_its_tools_called_and_goes_on_with_their_results(string model)
    {
        await using var gateway = await RunningGateway.StartAsync(Models);
        var body = Body(model);
        body["tools"] = Tools.DeepClone();
        body["tool_choice"] = "required";

        var calls = await RunAsync(gateway, ("create", body), ("stream", body));

        foreach (var call in calls)
        {
            Assert.False(call.TryGetProperty("error", out var error), error.ToString());
            var response = call.GetProperty("response");
            var used = response.GetProperty("output").EnumerateArray()
                .Single(item => item.GetProperty("type").GetString() == "function_call");
            Assert.Equal("completed", response.GetProperty("status").GetString());
            Assert.Equal("weather", used.GetProperty("name").GetString());
            Assert.True(JsonElement.Parse(used.GetProperty("arguments").GetString()!).TryGetProperty("city", out _));
            Assert.True(response.GetProperty("usage").GetProperty("output_tokens").GetInt64() > 0);
        }

        // What came back goes into the next turn as it is, and to whoever the route finds.
        var output = calls[0].GetProperty("response").GetProperty("output");
        foreach (var next in new[] { model, "smart", "claude" })
        {
            var followUp = FollowUp(next, output);
            var answer = Assert.Single(await RunAsync(gateway, ("create", followUp)));
            Assert.False(answer.TryGetProperty("error", out var wrong), wrong.ToString());
            Assert.NotEqual("", answer.GetProperty("text").GetString());
        }
    }

    [Theory]
    [InlineData("smart")]
    [InlineData("open")]
    [InlineData("claude")]
    public async Task A_stream_has_the_apis_events_in_its_order_and_numbered(string model)
    {
        await using var gateway = await RunningGateway.StartAsync(Models);

        var outcome = Assert.Single(await RunAsync(gateway, ("events", Body(model))));

        var events = outcome.GetProperty("events").EnumerateArray().ToList();
        var types = events.Select(one => one.GetProperty("type").GetString()!["response.".Length..]).ToList();
        Assert.Equal(["created", "in_progress", "output_item.added", "content_part.added"], types[..4]);
        Assert.All(types[4..^4], type => Assert.Equal("output_text.delta", type));
        Assert.Equal(["output_text.done", "content_part.done", "output_item.done", "completed"], types[^4..]);
        Assert.Equal(Enumerable.Range(0, events.Count),
            events.Select(one => one.GetProperty("sequence_number").GetInt32()));
    }

    [Theory]
    [MemberData(nameof(Everyone))]
    public async Task A_stream_that_breaks_after_its_first_token_raises(
        string sdk, string model, string provider, string upstream)
    {
        foreach (var failure in new[]
        {
            """ "cutAfter": {"share": 1, "how": "fin"} """, """ "cutAfter": {"share": 1, "how": "clean"} """,
            """ "errorMidStream": 1 """, """ "stallAfter": 1 """,
        })
        {
            await using var gateway = await RunningGateway.StartAsync(Models);
            gateway.Simulator.Set(provider, Behaviour.Parse(
                "{\"tokensPerSecond\": 15, \"failures\": {" + failure + "}}"));

            var (text, error) = await AskAsync(sdk, gateway, model, stream: true);

            Assert.NotNull(error);
            Assert.NotEmpty(text);
            Assert.StartsWith(text, gateway.Simulator.ExpectedAnswer(
                provider, new ChatCall(upstream, Question).RequestTo(upstream)), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("\"status500\": 1")]
    [InlineData("\"errorIn200\": 1")]
    [InlineData("\"html200\": 1")]
    [InlineData("\"doneOnly\": 1")]
    [InlineData("\"emptyChoices\": 1")]
    public async Task A_failure_before_the_first_token_is_mended_by_a_provider_without_the_api(string failure)
    {
        await using var gateway = await RunningGateway.StartAsync(Models);
        gateway.Fail("openai", failure);

        var outcomes = await RunAsync(gateway, ("create", Body("either")), ("stream", Body("either")));

        var expected = gateway.Simulator.ExpectedAnswer(
            "anthropic", new ChatCall("claude-sonnet-4-5", Question).RequestTo("claude-sonnet-4-5"));
        Assert.All(outcomes, outcome => Assert.Equal(expected, outcome.GetProperty("text").GetString()));
    }

    [Fact]
    public async Task An_answer_that_the_limit_of_tokens_cuts_off_is_incomplete_wherever_it_comes_from()
    {
        await using var gateway = await RunningGateway.StartAsync(Models);
        gateway.Simulator.Set("openai", Behaviour.Parse("{\"outputTokens\": [40, 50]}"));
        gateway.Simulator.Set("groq", Behaviour.Parse("{\"outputTokens\": [40, 50]}"));
        var (smart, open) = (Body("smart"), Body("open"));
        smart["max_output_tokens"] = 16;
        open["max_output_tokens"] = 16;

        var outcomes = await RunAsync(
            gateway, ("create", smart), ("stream", smart), ("create", open), ("stream", open));

        Assert.All(outcomes, outcome =>
        {
            var response = outcome.GetProperty("response");
            Assert.Equal("incomplete", response.GetProperty("status").GetString());
            Assert.Equal("max_output_tokens",
                response.GetProperty("incomplete_details").GetProperty("reason").GetString());
        });
    }

    [Fact]
    public async Task Errors_are_what_the_sdk_raises_for_openais_own()
    {
        await using var gateway = await RunningGateway.StartAsync(Models);
        gateway.Fail("groq", "\"status500\": 1");
        var search = Body("claude");
        search["tools"] = JsonNode.Parse("[{\"type\":\"web_search\"}]");
        var previous = Body("claude");
        previous["previous_response_id"] = "resp_1";

        var outcomes = await RunAsync(gateway, ("create", Body("nobody")), ("create", search), ("stream", previous),
            ("create", Body("open")), ("retrieve", Body("resp_1")));

        Assert.Equal(["NotFoundError", "BadRequestError", "BadRequestError", "InternalServerError",
            "InternalServerError"], Errors("name"));
        Assert.Equal(["model_not_found", "unsupported_value", "unsupported_value", "all_targets_failed",
            "unsupported_operation"], Errors("code"));
        Assert.Equal(["model", "tools[0].type", "previous_response_id"], Errors("param")[..3]);

        List<string?> Errors(string member) =>
            [.. outcomes.Select(one => one.GetProperty("error").GetProperty(member).GetString())];
    }

    private static JsonObject FollowUp(string model, JsonElement output)
    {
        var body = Body(model);
        body["tools"] = Tools.DeepClone();
        var input = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = Question });
        foreach (var item in output.EnumerateArray())
        {
            input.Add(JsonNode.Parse(item.GetRawText()));
        }

        foreach (var call in output.EnumerateArray().Where(item => item.TryGetProperty("call_id", out _)))
        {
            input.Add(new JsonObject
            {
                ["type"] = "function_call_output",
                ["call_id"] = call.GetProperty("call_id").GetString(),
                ["output"] = "Rain.",
            });
        }

        body["input"] = input;
        return body;
    }

    private static async Task<(string Text, string? Error)> AskAsync(
        string sdk, RunningGateway gateway, string model, bool stream)
    {
        if (sdk == Dotnet)
        {
            return await AskDotnetAsync(gateway, model, stream);
        }

        var outcome = Assert.Single(await RunAsync(gateway, (stream ? "stream" : "create", Body(model))));
        return (outcome.GetProperty("text").GetString()!,
            outcome.TryGetProperty("error", out var error) ? error.ToString() : null);
    }

    private static async Task<(string Text, string? Error)> AskDotnetAsync(
        RunningGateway gateway, string model, bool stream)
    {
        var client = new ResponsesClient(new ApiKeyCredential("a-caller"), new ResponsesClientOptions
        {
            Endpoint = new Uri(gateway.Url, "/v1"),
            NetworkTimeout = TimeSpan.FromSeconds(30),
            RetryPolicy = new global::System.ClientModel.Primitives.ClientRetryPolicy(0),
        });
        var text = "";
        try
        {
            if (!stream)
            {
                return ((await client.CreateResponseAsync(model, Question)).Value.GetOutputText(), null);
            }

            await foreach (var update in await client.CreateResponseStreamingAsync(model, Question))
            {
                text += update is StreamingResponseOutputTextDeltaUpdate delta ? delta.Delta : "";
            }

            return (text, null);
        }
        // Whatever a caller's code would have to catch is what the tests look at.
        catch (Exception raised)
        {
            return (text, raised.ToString());
        }
    }

    private static JsonObject Body(string model) => new() { ["model"] = model, ["input"] = Question };

    private static async Task<List<JsonElement>> RunAsync(
        RunningGateway gateway, params (string How, JsonObject Body)[] calls)
    {
        var outcomes = await NodeScript.RunAsync("responses.mjs", new JsonObject
        {
            ["baseURL"] = new Uri(gateway.Url, "/v1").ToString(),
            ["apiKey"] = "a-caller",
            ["timeout"] = 30_000,
            ["maxRetries"] = 0,
            ["calls"] = new JsonArray([.. calls.Select(call => (JsonNode)new JsonObject
            {
                ["how"] = call.How, ["body"] = call.Body.DeepClone(),
            })]),
        });
        return [.. outcomes.EnumerateArray()];
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Anthropic;
using Holdfast.Simulator;
using Microsoft.Extensions.AI;
using static Holdfast.System.Tests.Clients.OfficialClients;

namespace Holdfast.System.Tests.Clients;

/// <summary>Anthropic's official SDKs in front of providers of its own and of another dialect.</summary>
public sealed class MessagesTests
{
    private const string Models = """
        models:
          smart: { targets: [openai/gpt-4o] }
          claude: { targets: [anthropic/claude-sonnet-4-5] }
          either: { targets: [anthropic/claude-sonnet-4-5, openai/gpt-4o] }
        defaults: { timeouts: { idle: 300ms } }
        """;

    private const string Question = "Why do bridges stand, Größe, 日本語?";

    public static TheoryData<string, string, string, string> Everyone => new()
    {
        { Dotnet, "smart", "openai", "gpt-4o" },
        { Npm, "smart", "openai", "gpt-4o" },
        { Dotnet, "claude", "anthropic", "claude-sonnet-4-5" },
        { Npm, "claude", "anthropic", "claude-sonnet-4-5" },
    };

    [Theory]
    [MemberData(nameof(Everyone))]
    public async Task Q3_anthropics_sdk_gets_the_whole_answer_plain_and_streamed(
        string sdk, string model, string provider, string upstream)
    {
        await using var gateway = await RunningGateway.StartAsync(Models);

        var plain = await AskAsync(sdk, gateway, model, stream: false);
        var streamed = await AskAsync(sdk, gateway, model, stream: true);

        var expected = gateway.Simulator.ExpectedAnswer(
            provider, new ChatCall(upstream, Question).RequestTo(upstream));
        Assert.Equal((expected, null), plain);
        Assert.Equal((expected, null), streamed);
    }

    [Theory]
    [InlineData("smart")]
    [InlineData("claude")]
    public async Task Q3_anthropics_sdk_has_its_tools_called_and_goes_on_with_their_results(string model)
    {
        await using var gateway = await RunningGateway.StartAsync(Models);
        var body = Body(model);
        body["tools"] = JsonNode.Parse("""
            [{"name":"weather","input_schema":{"type":"object","properties":{"city":{"type":"string"}},
            "required":["city"]}}]
            """);
        body["tool_choice"] = new JsonObject { ["type"] = "any" };

        var calls = await RunAsync(gateway, ("create", body), ("stream", body));

        foreach (var call in calls)
        {
            Assert.False(call.TryGetProperty("error", out var error), error.ToString());
            var message = call.GetProperty("message");
            var used = message.GetProperty("content").EnumerateArray()
                .Single(block => block.GetProperty("type").GetString() == "tool_use");
            Assert.Equal("tool_use", message.GetProperty("stop_reason").GetString());
            Assert.Equal("weather", used.GetProperty("name").GetString());
            Assert.Equal(JsonValueKind.String, used.GetProperty("input").GetProperty("city").ValueKind);
            Assert.True(message.GetProperty("usage").GetProperty("output_tokens").GetInt64() > 0);
        }

        var followUp = Body(model);
        followUp["tools"] = body["tools"]!.DeepClone();
        var used1 = calls[0].GetProperty("message").GetProperty("content");
        followUp["messages"]!.AsArray().Add(new JsonObject
        {
            ["role"] = "assistant", ["content"] = JsonNode.Parse(used1.GetRawText()),
        });
        followUp["messages"]!.AsArray().Add(new JsonObject
        {
            ["role"] = "user",
            ["content"] = new JsonArray(new JsonObject
            {
                ["type"] = "tool_result",
                ["tool_use_id"] = used1.EnumerateArray().Last().GetProperty("id").GetString(),
                ["content"] = "Rain.",
            }),
        });
        var answer = Assert.Single(await RunAsync(gateway, ("create", followUp)));
        Assert.False(answer.TryGetProperty("error", out var wrong), wrong.ToString());
        Assert.NotEqual("", answer.GetProperty("text").GetString());
    }

    [Theory]
    [InlineData("smart")]
    [InlineData("claude")]
    public async Task A_stream_has_anthropics_events_in_its_order(string model)
    {
        await using var gateway = await RunningGateway.StartAsync(Models);

        var outcome = Assert.Single(await RunAsync(gateway, ("events", Body(model))));

        var events = outcome.GetProperty("events").EnumerateArray().Select(one => one.GetString()!)
            .Where(type => type != "ping").ToList();
        Assert.Equal(["message_start", "content_block_start"], events[..2]);
        Assert.All(events[2..^3], type => Assert.Equal("content_block_delta", type));
        Assert.Equal(["content_block_stop", "message_delta", "message_stop"], events[^3..]);
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

    [Fact]
    public async Task A_failure_before_the_first_token_is_mended_by_a_provider_of_another_dialect()
    {
        await using var gateway = await RunningGateway.StartAsync(Models);
        gateway.Fail("anthropic", "\"errorIn200\": 1");

        var outcomes = await RunAsync(gateway, ("create", Body("either")), ("stream", Body("either")));

        var expected = gateway.Simulator.ExpectedAnswer(
            "openai", new ChatCall("gpt-4o", Question).RequestTo("gpt-4o"));
        Assert.All(outcomes, outcome => Assert.Equal(expected, outcome.GetProperty("text").GetString()));
        var headers = outcomes[0].GetProperty("headers");
        Assert.Equal("openai", headers.GetProperty("x-holdfast-provider").GetString());
        Assert.Equal(headers.GetProperty("x-request-id").GetString(),
            outcomes[0].GetProperty("requestId").GetString());
    }

    [Fact]
    public async Task Errors_are_what_the_sdk_raises_for_anthropics_own()
    {
        await using var gateway = await RunningGateway.StartAsync(Models);
        gateway.Fail("openai", "\"status500\": 1");
        var container = Body("smart");
        container["container"] = "c";

        var outcomes = await RunAsync(gateway, ("create", Body("nobody")), ("create", container),
            ("create", Body("smart")));

        Assert.Equal(["NotFoundError", "BadRequestError", "OverloadedError"], Errors("name"));
        Assert.Equal(["not_found_error", "invalid_request_error", "overloaded_error"], Errors("type"));
        Assert.All(Errors("requestId"), id => Assert.StartsWith("req_", id));
        Assert.Contains("container", Errors("message")[1]);

        List<string> Errors(string member) =>
            [.. outcomes.Select(one => one.GetProperty("error").GetProperty(member).GetString()!)];
    }

    [Fact]
    public async Task Tokens_are_counted_by_who_can_else_estimated_and_the_answer_says_which()
    {
        await using var gateway = await RunningGateway.StartAsync(Models);
        var (claude, smart) = (Body("claude"), Body("smart"));
        claude.Remove("max_tokens");
        smart.Remove("max_tokens");

        var outcomes = await RunAsync(gateway, ("count", claude), ("count", smart), ("create", Body("claude")));

        Assert.Equal(["provider", "estimate"], outcomes[..2].Select(one =>
            one.GetProperty("headers").GetProperty("x-holdfast-token-count").GetString()));
        var counted = outcomes[2].GetProperty("message").GetProperty("usage").GetProperty("input_tokens").GetInt64();
        Assert.Equal(counted, outcomes[0].GetProperty("message").GetProperty("input_tokens").GetInt64());
        Assert.True(outcomes[1].GetProperty("message").GetProperty("input_tokens").GetInt64() > 5);
    }

    [Fact]
    public async Task Models_are_listed_in_anthropics_shape()
    {
        await using var gateway = await RunningGateway.StartAsync(Models);

        var outcome = Assert.Single(await RunAsync(gateway, ("models", Body("openai/gpt-4o"))));

        Assert.False(outcome.TryGetProperty("error", out var error), error.ToString());
        var ids = outcome.GetProperty("message").EnumerateArray()
            .Select(model => model.GetProperty("id").GetString()).ToList();
        Assert.Equal("openai/gpt-4o", ids[^1]);
        Assert.Contains("smart", ids);
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
        using var client = new AnthropicClient
        {
            ApiKey = "a-caller",
            BaseUrl = gateway.Url.ToString(),
            MaxRetries = 0,
            Timeout = TimeSpan.FromSeconds(30),
        };
        using var chat = client.AsIChatClient(model, 4096);
        var text = "";
        try
        {
            if (!stream)
            {
                return ((await chat.GetResponseAsync(Question)).Text, null);
            }

            await foreach (var update in chat.GetStreamingResponseAsync(Question))
            {
                text += update.Text;
            }

            return (text, null);
        }
        // Whatever a caller's code would have to catch is what the tests look at.
        catch (Exception raised)
        {
            return (text, raised.ToString());
        }
    }

    private static JsonObject Body(string model) => new()
    {
        ["model"] = model,
        ["max_tokens"] = 4096,
        ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = Question }),
    };

    private static async Task<List<JsonElement>> RunAsync(
        RunningGateway gateway, params (string How, JsonObject Body)[] calls)
    {
        var outcomes = await NodeScript.RunAsync("messages.mjs", new JsonObject
        {
            ["baseURL"] = gateway.Url.ToString().TrimEnd('/'),
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

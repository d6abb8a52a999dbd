using System.Text.Json;

namespace Holdfast.System.Tests.Admin;

/// <summary>What is explained is what a call then does.</summary>
public sealed class ExplainTests : AdminFixture
{
    [Fact]
    public async Task Passed_over_targets_and_the_one_that_answers_are_a_calls_trail()
    {
        await AskAsync("/admin/circuits/isolate", """{"provider":"openai"}""");
        Gateway.Fail("groq", "\"status429\": {\"share\": 1, \"retryAfter\": 20}");
        await CallAsync("smart");

        var explained = await ExplainAsync("smart");

        Assert.Equal("openai/gpt-4o:isolated,groq/llama-3:held,mistral/large:ok", Trail(explained));
        Assert.Equal((200, null, Trail(explained)), await CallAsync("smart"));
        Assert.InRange(
            explained.GetProperty("targets")[1].GetProperty("retryAfterMs").GetDouble(), 10_000, 20_000);
    }

    [Fact]
    public async Task Weights_decide_in_both()
    {
        var explained = await ExplainAsync("weighted");

        Assert.Equal("weighted", explained.GetProperty("strategy").GetString());
        Assert.Equal([1, 0], explained.GetProperty("targets").EnumerateArray()
            .Select(target => target.GetProperty("share").GetDouble()));
        Assert.Equal((200, null, "groq/llama-3:ok"), await CallAsync("weighted"));
        Assert.Equal("groq/llama-3:ok", Trail(explained));
    }

    [Fact]
    public async Task A_callers_strategy_decides_in_both()
    {
        var explained = await ExplainAsync("weighted", "sequential");

        Assert.Equal("openai/gpt-4o:ok", Trail(explained));
        Assert.Equal((200, null, "openai/gpt-4o:ok"), await CallAsync("weighted", "sequential"));
    }

    [Fact]
    public async Task An_open_circuit_is_one_in_both()
    {
        Gateway.Fail("openai", "\"status500\": 1");
        await CallAsync("smart");
        await CallAsync("smart");

        var explained = await ExplainAsync("smart");

        Assert.Equal("openai/gpt-4o:circuit_open,groq/llama-3:ok", Trail(explained));
        Assert.Equal((200, null, Trail(explained)), await CallAsync("smart"));
        Assert.Equal(2, Gateway.Simulator.Counters("openai").Requests);
    }

    [Fact]
    public async Task A_direct_target_is_explained_and_not_remembered()
    {
        var explained = await ExplainAsync("openai/gpt-5");

        Assert.Equal(JsonValueKind.Null, explained.GetProperty("route").ValueKind);
        Assert.Equal("openai/gpt-5:ok", Trail(explained));
        Assert.DoesNotContain(
            "gpt-5", (await AskAsync("/admin/circuits")).GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"model":"smrt"}""", 404, "smart, weighted")]
    [InlineData("""{"model":"nobody/gpt-4o"}""", 404, "openai")]
    [InlineData("""{"strategy":"random"}""", 400, "model")]
    [InlineData("""{"model":"smart","strategy":"2"}""", 400, "sequential, parallel, fastest, weighted, random")]
    public async Task What_is_unknown_is_told_what_exists(string body, int status, string says)
    {
        var answer = await SendAsync(HttpMethod.Post, "/admin/routes/explain", body);

        Assert.Equal(status, answer.Status);
        Assert.Contains(says, answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_status_page_has_everything_at_a_glance()
    {
        await AskAsync("/admin/circuits/isolate", """{"provider":"openai","model":"gpt-4o"}""");

        var status = await AskAsync("/admin/status");

        Assert.Equal("serving", status.GetProperty("phase").GetString());
        Assert.Equal(0, status.GetProperty("callsInFlight").GetInt32());
        Assert.True(status.GetProperty("uptimeSeconds").GetDouble() >= 0);
        Assert.Equal(1, status.GetProperty("configuration").GetProperty("version").GetInt32());
        Assert.True(status.GetProperty("configuration").GetProperty("reloadSucceeded").GetBoolean());
        Assert.Contains("openai/gpt-4o: the circuit is isolated",
            status.GetProperty("findings").EnumerateArray().Select(finding => finding.GetString()));
        var provider = status.GetProperty("providers").EnumerateArray()
            .Single(entry => entry.GetProperty("name").GetString() == "openai");
        Assert.Equal(("maintenance", "isolated", false), (provider.GetProperty("status").GetString(),
            provider.GetProperty("state").GetString(), provider.GetProperty("available").GetBoolean()));
    }

    [Fact]
    public async Task The_status_page_tells_how_models_and_fallbacks_do()
    {
        Gateway.Fail("openai", "\"status500\": 1");
        await CallAsync("smart");

        var status = await AskAsync("/admin/status");

        var model = status.GetProperty("providers").EnumerateArray()
            .Single(entry => entry.GetProperty("name").GetString() == "groq").GetProperty("models")[0]
            .GetProperty("statistics");
        Assert.Equal((1, 1.0), (model.GetProperty("requestCount").GetInt32(),
            model.GetProperty("successRate").GetDouble()));
        Assert.True(model.GetProperty("averageResponseTimeMs").GetDouble() > 0);
        Assert.True(model.GetProperty("p95Ms").GetDouble() > 0);
        var route = status.GetProperty("routes")[0];
        var fallbacks = route.GetProperty("fallbacks");
        Assert.Equal(("smart", 1), (route.GetProperty("name").GetString(), route.GetProperty("calls").GetInt32()));
        Assert.Equal((1, 1.0, 1.0), (fallbacks.GetProperty("invocations").GetInt32(),
            fallbacks.GetProperty("successRate").GetDouble(), fallbacks.GetProperty("primaryFailureRate").GetDouble()));
        Assert.True(fallbacks.GetProperty("averageFallbackLatencyMs").GetDouble() > 0);
    }

    [Fact]
    public async Task Providers_texts_stay_out_of_the_failsafe_page()
    {
        Gateway.Fail("openai", "\"status500\": 1");
        await CallAsync("smart");

        var providers = await AskAsync("/failsafe/providers");

        var openai = providers.GetProperty("providers").EnumerateArray()
            .Single(entry => entry.GetProperty("name").GetString() == "openai");
        Assert.Equal("server_error", openai.GetProperty("lastError").GetString());
        Assert.Equal(1, openai.GetProperty("consecutiveFailures").GetInt32());
        Assert.Equal("gpt-4o", openai.GetProperty("models")[0].GetProperty("name").GetString());
    }

    /// <summary>The explanation as the header of the call that it foretells.</summary>
    private static string Trail(JsonElement explained)
    {
        var trail = new List<string>();
        foreach (var target in explained.GetProperty("targets").EnumerateArray())
        {
            var isAvailable = target.GetProperty("available").GetBoolean();
            trail.Add($"{target.GetProperty("provider").GetString()}/{target.GetProperty("model").GetString()}:"
                + (isAvailable ? "ok" : target.GetProperty("why").GetString()));
            if (isAvailable)
            {
                break;
            }
        }

        return string.Join(',', trail);
    }

    private Task<JsonElement> ExplainAsync(string model, string? strategy = null) => AskAsync("/admin/routes/explain",
        strategy is null ? $$"""{"model":"{{model}}"}""" : $$"""{"model":"{{model}}","strategy":"{{strategy}}"}""");
}

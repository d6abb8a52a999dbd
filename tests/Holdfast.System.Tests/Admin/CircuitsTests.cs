using System.Text.Json;

namespace Holdfast.System.Tests.Admin;

/// <summary>Taking targets out by hand, and what calls then do.</summary>
public sealed class CircuitsTests : AdminFixture
{
    [Fact]
    public async Task An_isolated_provider_gets_no_calls_until_it_is_reset()
    {
        await AskAsync("/admin/circuits/isolate", """{"provider":"openai"}""");

        Assert.Equal((200, null, "openai/gpt-4o:isolated,groq/llama-3:ok"), await CallAsync("smart"));
        Assert.Equal((503, "isolated", "openai/gpt-4o:isolated"), await CallAsync("openai/gpt-4o"));
        Assert.Equal((503, "isolated", "openai/never-called:isolated"), await CallAsync("openai/never-called"));
        Assert.Equal(0, Gateway.Simulator.Counters("openai").Requests);

        var reset = await AskAsync("/admin/circuits/reset", """{"provider":"openai"}""");

        Assert.All(reset.GetProperty("circuits").EnumerateArray(), circuit => Assert.Equal("closed", State(circuit)));
        Assert.Equal((200, null, "openai/gpt-4o:ok"), await CallAsync("smart"));
        Assert.Equal((200, null, "openai/never-called:ok"), await CallAsync("openai/never-called"));
    }

    [Fact]
    public async Task One_isolated_model_leaves_the_others_of_its_provider()
    {
        Assert.Equal((200, null, "openai/other/model:ok"), await CallAsync("openai/other/model"));

        var changed = await AskAsync("/admin/circuits/isolate", """{"provider":"openai","model":"other/model"}""");

        var circuit = Assert.Single(changed.GetProperty("circuits").EnumerateArray());
        Assert.Equal(("other/model", "isolated", false, 1), (circuit.GetProperty("model").GetString(), State(circuit),
            circuit.GetProperty("configured").GetBoolean(), circuit.GetProperty("successCount").GetInt32()));
        Assert.Equal((200, null, "openai/gpt-4o:ok"), await CallAsync("smart"));
        Assert.Equal((503, "isolated", "openai/other/model:isolated"), await CallAsync("openai/other/model"));
    }

    [Fact]
    public async Task A_reset_closes_a_circuit_that_failures_have_opened()
    {
        Gateway.Fail("openai", "\"status500\": 1");
        await CallAsync("smart");
        await CallAsync("smart");
        var open = Single(await AskAsync("/admin/circuits"), "openai");
        Assert.Equal(("open", 2, 2, false), (State(open), open.GetProperty("failureCount").GetInt32(),
            open.GetProperty("consecutiveFailures").GetInt32(), open.GetProperty("available").GetBoolean()));
        Assert.True(open.GetProperty("nextAttemptTime").GetDateTimeOffset()
            > open.GetProperty("lastFailureTime").GetDateTimeOffset());
        Gateway.Simulator.Set("openai", new Holdfast.Simulator.Behaviour());

        await AskAsync("/admin/circuits/reset", """{"provider":"openai","model":"gpt-4o"}""");

        Assert.Equal("closed", State(Single(await AskAsync("/admin/circuits"), "openai")));
        Assert.Equal((200, null, "openai/gpt-4o:ok"), await CallAsync("smart"));
    }

    [Fact]
    public async Task A_reset_ends_the_rest_of_a_rate_limited_provider()
    {
        Gateway.Fail("openai", "\"status429\": { \"share\": 1, \"retryAfter\": 60 }");
        await CallAsync("smart");
        Gateway.Simulator.Set("openai", new Holdfast.Simulator.Behaviour());
        Assert.Equal((200, null, "openai/gpt-4o:held,groq/llama-3:ok"), await CallAsync("smart"));

        await AskAsync("/admin/circuits/reset", """{"provider":"openai"}""");

        Assert.Equal((200, null, "openai/gpt-4o:ok"), await CallAsync("smart"));
    }

    [Theory]
    [InlineData("""{"provider":"opnai"}""", 404, "provider_not_found", "openai")]
    [InlineData("""{"provider":"openai","model":"gpt-5"}""", 404, "model_not_found", "gpt-4o")]
    [InlineData("""{"provider":"azure","model":"gpt-5"}""", 404, "model_not_found", "none")]
    [InlineData("{}", 400, "missing_field", "provider")]
    [InlineData("""{"provider":""}""", 400, "missing_field", "provider")]
    [InlineData("""{"provider":7}""", 400, "invalid_json", "$.provider")]
    [InlineData("""{"provider":"openai","modell":"gpt-4o"}""", 400, "invalid_json", "modell")]
    [InlineData("""{"provider":"openai","provider":"groq"}""", 400, "invalid_json", "provider")]
    [InlineData("null", 400, "invalid_json", "object")]
    [InlineData("[", 400, "invalid_json", "object")]
    [InlineData("", 400, "invalid_json", "object")]
    public async Task What_is_wrong_is_said_as_problem_details_and_changes_nothing(
        string body, int status, string code, string says)
    {
        foreach (var path in new[] { "/admin/circuits/isolate", "/admin/circuits/reset" })
        {
            var answer = await SendAsync(HttpMethod.Post, path, body);

            Assert.Equal(status, answer.Status);
            Assert.Equal("application/problem+json", answer.Response.Content.Headers.ContentType?.MediaType);
            using var problem = JsonDocument.Parse(answer.Body);
            Assert.Equal(code, problem.RootElement.GetProperty("code").GetString());
            Assert.Equal(status == 404 ? "Not Found" : "Bad Request",
                problem.RootElement.GetProperty("title").GetString());
            Assert.Contains(says, problem.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
            Assert.DoesNotContain("Holdfast", answer.Body, StringComparison.Ordinal);
        }

        Assert.All((await AskAsync("/admin/circuits")).GetProperty("circuits").EnumerateArray(),
            circuit => Assert.Equal("closed", State(circuit)));
    }

    private static string? State(JsonElement circuit) => circuit.GetProperty("state").GetString();

    private static JsonElement Single(JsonElement answer, string provider) => answer.GetProperty("circuits")
        .EnumerateArray().Single(circuit => circuit.GetProperty("provider").GetString() == provider);
}

using System.ClientModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.Simulator;
using OpenAI.Embeddings;
using OpenAI.Moderations;

namespace Holdfast.System.Tests.Clients;

/// <summary>Embeddings and moderations with OpenAI's official clients, through the gateway, at every dialect.</summary>
public sealed class OperationTests : IAsyncLifetime
{
    private const string Models = """
        defaults: { retry: { maxRetries: 0, baseDelay: 1ms } }
        models:
          vectors: { targets: [ groq/llama-3, openai/text-embedding-3-small, together/bge-large ] }
          omni-moderation-latest: { targets: [ openai/omni-moderation-latest, mistral/mistral-moderation-latest ] }
          talk: { targets: [ groq/llama-3, anthropic/claude-sonnet-4-5 ] }

        """;

    private const string Providers = """
        gemini: { type: gemini, baseUrl: URL(gemini), apiKey: a-key }
        vertex: { type: vertex, baseUrl: URL(gemini), apiKey: a-token }
        """;

    private RunningGateway _gateway = null!;

    private ClientSettings Settings => new(_gateway.Url);

    public async Task InitializeAsync() => _gateway = await RunningGateway.StartAsync(Models, Providers);

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Theory]
    [InlineData("openai/text-embedding-3-small", "openai")]
    [InlineData("azure/text-embedding-3-small", "azure")]
    [InlineData("mistral/mistral-embed", "mistral")]
    [InlineData("together/knows-no-base64", "together")]
    [InlineData("gemini/gemini-embedding-001", "gemini")]
    [InlineData("vertex/gemini-embedding-001", "gemini")]
    public async Task The_dotnet_client_gets_the_same_vectors_from_every_dialect_alone_and_in_a_batch(
        string model, string simulated)
    {
        var client = new EmbeddingClient(model, new ApiKeyCredential("any"), DotnetClient.Options(Settings));
        var options = new EmbeddingGenerationOptions { Dimensions = 8 };

        var one = await client.GenerateEmbeddingAsync("Why do bridges stand?", options);
        var batch = await client.GenerateEmbeddingsAsync(["Ünicode \"quoted\"", "Why do bridges stand?"], options);

        Assert.Equal(8, one.Value.ToFloats().Length);
        Assert.Equal([0, 1], batch.Value.Select(item => item.Index));
        Assert.Equal(one.Value.ToFloats().ToArray(), batch.Value[1].ToFloats().ToArray());
        Assert.NotEqual(batch.Value[0].ToFloats().ToArray(), batch.Value[1].ToFloats().ToArray());
        Assert.Equal(1.0, one.Value.ToFloats().ToArray().Sum(number => number * (double)number), 4);
        Assert.Equal(simulated == "gemini" && model.StartsWith("gemini", StringComparison.Ordinal) ? 0 : 11,
            batch.Value.Usage.TotalTokenCount);
        Assert.Contains("Why do bridges stand?", _gateway.Simulator.LastRequest(simulated), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("openai/text-embedding-3-small")]
    [InlineData("together/knows-no-base64")]
    [InlineData("gemini/gemini-embedding-001")]
    public async Task The_npm_client_gets_numbers_however_it_asks(string model)
    {
        var body = new JsonObject { ["model"] = model, ["input"] = "a text", ["dimensions"] = 4 };
        var list = (JsonObject)body.DeepClone();
        list["encoding_format"] = "float";

        var outcomes = await RunAsync(("embeddings", body), ("embeddings", list));

        var vectors = outcomes.Select(outcome => outcome.GetProperty("answer").GetProperty("data")[0]
            .GetProperty("embedding").EnumerateArray().Select(number => number.GetSingle()).ToArray()).ToArray();
        Assert.Equal(4, vectors[0].Length);
        Assert.Equal(vectors[0], vectors[1]);
        Assert.Equal(model[..model.IndexOf('/')],
            outcomes[0].GetProperty("headers").GetProperty("x-holdfast-provider").GetString());
    }

    [Fact]
    public async Task Tokens_go_to_those_who_take_them_and_are_refused_by_name_elsewhere()
    {
        var tokens = new JsonArray(new JsonArray(1, 2, 3), new JsonArray(4));

        var outcomes = await RunAsync(
            ("embeddings", new JsonObject { ["model"] = "openai/e", ["input"] = tokens }),
            ("embeddings", new JsonObject { ["model"] = "gemini/e", ["input"] = tokens.DeepClone() }));

        Assert.Equal(2, outcomes[0].GetProperty("answer").GetProperty("data").GetArrayLength());
        Assert.Equal(4, outcomes[0].GetProperty("answer").GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        var error = outcomes[1].GetProperty("error");
        Assert.Equal((400, "unsupported_value", "input[0]"), (error.GetProperty("status").GetInt32(),
            error.GetProperty("code").GetString(), error.GetProperty("param").GetString()));
    }

    [Fact]
    public async Task Both_clients_get_judgements()
    {
        var client = new ModerationClient(
            "omni-moderation-latest", new ApiKeyCredential("any"), DotnetClient.Options(Settings));

        var judged = await client.ClassifyTextAsync(["Have a nice day.", "I will kill the lights."]);
        var outcome = Assert.Single(await RunAsync(("moderations", new JsonObject { ["input"] = "I kill time." })));

        Assert.Equal([false, true], judged.Value.Select(result => result.Flagged));
        Assert.True(judged.Value[1].Violence.Flagged);
        var result = outcome.GetProperty("answer").GetProperty("results")[0];
        Assert.True(result.GetProperty("flagged").GetBoolean());
    }

    [Theory]
    [InlineData("embeddings", """ "status503": 1 """, "server_error")]
    [InlineData("embeddings", """ "html200": 1 """, "bad_answer")]
    [InlineData("embeddings", """ "errorIn200": 1 """, "bad_answer")]
    [InlineData("embeddings", """ "emptyChoices": 1 """, "bad_answer")]
    [InlineData("embeddings", """ "cutAfter": { "share": 1, "chunks": 1, "how": "rst" } """, "bad_answer")]
    [InlineData("moderations", """ "status429": 1 """, "rate_limited")]
    [InlineData("moderations", """ "emptyChoices": 1 """, "bad_answer")]
    public async Task A_fault_fails_over_and_the_caller_notices_nothing(string how, string failures, string outcome)
    {
        var trail = how == "embeddings"
            ? $"openai/text-embedding-3-small:{outcome},together/bge-large:ok"
            : $"openai/omni-moderation-latest:{outcome},mistral/mistral-moderation-latest:ok";
        _gateway.Fail("openai", failures);
        var body = new JsonObject { ["input"] = "a text" };
        if (how == "embeddings")
        {
            body["model"] = "vectors";
        }

        var called = Assert.Single(await RunAsync((how, body)));

        Assert.True(called.TryGetProperty("headers", out var headers), called.GetRawText());
        Assert.Equal((trail, "true"), (headers.GetProperty("x-holdfast-attempted").GetString(),
            headers.GetProperty("x-holdfast-fallback").GetString()));
    }

    [Fact]
    public async Task What_nobody_offers_is_told_and_what_was_done_is_counted_by_its_name()
    {
        var outcomes = await RunAsync(
            ("embeddings", new JsonObject { ["model"] = "talk", ["input"] = "a text" }),
            ("moderations", new JsonObject { ["model"] = "gemini/x", ["input"] = "a text" }),
            ("embeddings", new JsonObject { ["model"] = "vectors", ["input"] = "a text" }));

        Assert.All(outcomes.Take(2), outcome => Assert.Equal((501, "unsupported_operation"),
            (outcome.GetProperty("error").GetProperty("status").GetInt32(),
                outcome.GetProperty("error").GetProperty("code").GetString())));
        Assert.Equal(0, _gateway.Simulator.Counters("groq").Requests);
        Assert.Equal(1, await _gateway.MetricAsync(1, "llm_requests_total", "operation=\"embeddings\"",
            "model=\"vectors\"", "status=\"success\""));
        Assert.Equal(2, await _gateway.MetricAsync(2, "holdfast_tokens_total", "provider=\"openai\"",
            "kind=\"input\""));
    }

    [Theory]
    [InlineData("embeddings", """{"model":"vectors"}""", "missing_field", "input")]
    [InlineData("embeddings", """{"model":"vectors","input":[]}""", "invalid_value", "input")]
    [InlineData("embeddings", """{"model":"vectors","input":"x","dimensions":0}""", "invalid_value", "dimensions")]
    [InlineData("embeddings", """{"model":"gemini/e","input":"x","dimensions":0}""", "invalid_value", "dimensions")]
    [InlineData("embeddings", """{"model":"gemini/e","input":"x","task":"y"}""", "unsupported_value", "task")]
    [InlineData("moderations", """{"input":{}}""", "invalid_value", "input")]
    public async Task Bad_input_is_a_400_that_names_the_field(string how, string body, string code, string field)
    {
        var outcome = Assert.Single(await RunAsync((how, JsonNode.Parse(body)!.AsObject())));

        var error = outcome.GetProperty("error");
        Assert.Equal((400, code, field), (error.GetProperty("status").GetInt32(),
            error.GetProperty("code").GetString(), error.GetProperty("param").GetString()));
    }

    private async Task<IReadOnlyList<JsonElement>> RunAsync(params (string How, JsonObject Body)[] calls)
    {
        var input = NpmClient.Options(Settings);
        input["calls"] = new JsonArray(
            [.. calls.Select(call => new JsonObject { ["how"] = call.How, ["body"] = call.Body })]);
        return [.. (await NodeScript.RunAsync("operations.mjs", input)).EnumerateArray()];
    }
}

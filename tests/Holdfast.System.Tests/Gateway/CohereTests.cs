using System.Text.Json;

namespace Holdfast.System.Tests.Gateway;

/// <summary>Callers of OpenAI's format, and Cohere's own format behind the gateway.</summary>
public sealed class CohereTests : IAsyncLifetime
{
    private const string Yaml = """
        server: { urls: "http://127.0.0.1:0" }
        logging: { level: none }
        defaults: { retry: { maxRetries: 0, baseDelay: 1ms } }
        providers:
          cohere: { type: cohere, baseUrl: "${SIM}/cohere/v2", apiKey: a-key }
          compatible: { type: cohere, baseUrl: "${SIM}/cohere/compatibility/v1", apiKey: a-key }
          badKey: { type: cohere, baseUrl: "${SIM}/cohere/v2", apiKey: bad-key }
        models:
          guarded: { targets: [ badKey/command-a, compatible/command-a ] }

        """;

    private GatewayFixture _gateway = null!;

    public async Task InitializeAsync() => _gateway = await GatewayFixture.StartAsync(Yaml);

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Theory]
    [InlineData("cohere/command-a", "/v2/chat\"")]
    [InlineData("compatible/command-a", "/compatibility/v1/chat/completions\"")]
    public async Task A_plain_answer_comes_from_each_of_Coheres_addresses(string model, string path)
    {
        var answer = await AskAsync(
            "{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}");

        var choice = answer.GetProperty("choices")[0];
        Assert.NotEmpty(choice.GetProperty("message").GetProperty("content").GetString()!);
        Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
        Assert.Contains(path, _gateway.Simulator.LastRequest("cohere"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_says_what_the_plain_answer_says_and_ends_as_OpenAIs_do()
    {
        const string Body = """{"model":"cohere/command-a","messages":[{"role":"user","content":"Hi"}]""";

        var plain = await AskAsync(Body + "}");
        using var response = await _gateway.PostAsync(
            Body + ",\"stream\":true,\"stream_options\":{\"include_usage\":true}}");
        var text = await response.Content.ReadAsStringAsync();

        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        var chunks = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Where(one => one != "data: [DONE]")
            .Select(one => JsonElement.Parse(one["data: ".Length..])).ToList();
        Assert.Equal(
            plain.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString(),
            string.Concat(chunks[..^1].Select(chunk => chunk.GetProperty("choices")[0].GetProperty("delta"))
                .Select(delta => delta.TryGetProperty("content", out var content) ? content.GetString() : "")));
        Assert.Equal(plain.GetProperty("usage").GetRawText(), chunks[^1].GetProperty("usage").GetRawText());
    }

    [Fact]
    public async Task A_call_and_its_result_make_the_round()
    {
        const string Start = """
            {"model":"cohere/command-a","tools":[{"type":"function","function":{"name":"find_book","strict":true,
            "parameters":{"type":"object","properties":{"title":{"type":"string"}},"required":["title"]}}}],
            "temperature":0.5,"top_p":0.9,"seed":7,"max_tokens":50,
            "messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Use find_book."}
            """;

        var first = await AskAsync(Start + "]}");
        var message = first.GetProperty("choices")[0].GetProperty("message");
        var call = message.GetProperty("tool_calls")[0];
        var second = await AskAsync(Start + "," + message.GetRawText() + ",{\"role\":\"tool\",\"tool_call_id\":"
            + call.GetProperty("id").GetRawText() + ",\"content\":\"Found.\"}]}");

        Assert.Equal("tool_calls", first.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        JsonElement.Parse(call.GetProperty("function").GetProperty("arguments").GetString()!).GetProperty("title");
        Assert.NotEmpty(second.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!);
    }

    [Fact]
    public async Task A_bad_key_goes_on_to_the_next_target()
    {
        using var response = await _gateway.CallAsync("guarded");

        Assert.Equal(
            "badKey/command-a:auth,compatible/command-a:ok",
            Assert.Single(response.Headers.GetValues("x-holdfast-attempted")));
    }

    private async Task<JsonElement> AskAsync(string body)
    {
        using var response = await _gateway.PostAsync(body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonElement.Parse(text);
    }
}

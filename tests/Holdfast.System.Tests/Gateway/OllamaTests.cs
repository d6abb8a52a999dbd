using System.Text.Json;

namespace Holdfast.System.Tests.Gateway;

/// <summary>Callers of OpenAI's format, and Ollama's own format behind the gateway.</summary>
public sealed class OllamaTests : IAsyncLifetime
{
    private const string Yaml = """
        server: { urls: "http://127.0.0.1:0" }
        logging: { level: none }
        defaults: { retry: { maxRetries: 0, baseDelay: 1ms } }
        providers:
          ollama: { type: ollama, baseUrl: "${SIM}/ollama" }
          compatible: { type: ollama, baseUrl: "${SIM}/ollama/v1" }
          openai: { type: openai, baseUrl: "${SIM}/openai/v1", apiKey: a-key }
        models:
          guarded: { targets: [ ollama/llama3.2, openai/gpt-4o ] }

        """;

    private GatewayFixture _gateway = null!;

    public async Task InitializeAsync() => _gateway = await GatewayFixture.StartAsync(Yaml);

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Theory]
    [InlineData("ollama/llama3.2", "/api/chat\"")]
    [InlineData("compatible/llama3.2", "/v1/chat/completions\"")]
    public async Task A_plain_answer_comes_from_each_of_Ollamas_addresses(string model, string path)
    {
        var answer = await AskAsync(
            "{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}");

        var choice = answer.GetProperty("choices")[0];
        Assert.NotEmpty(choice.GetProperty("message").GetProperty("content").GetString()!);
        Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
        Assert.Contains(path, _gateway.Simulator.LastRequest("ollama"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_of_lines_says_what_the_plain_answer_says_and_ends_as_OpenAIs_do()
    {
        const string Body = """{"model":"ollama/llama3.2","messages":[{"role":"user","content":"Hi"}]""";

        var plain = await AskAsync(Body + "}");
        using var response = await _gateway.PostAsync(
            Body + ",\"stream\":true,\"stream_options\":{\"include_usage\":true}}");
        var text = await response.Content.ReadAsStringAsync();

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
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
            {"model":"ollama/qwen3","tools":[{"type":"function","function":{"name":"find_book",
            "parameters":{"type":"object","properties":{"title":{"type":"string"}},"required":["title"]}}}],
            "temperature":0.5,"top_p":0.9,"seed":7,"max_tokens":50,"reasoning_effort":"low",
            "messages":[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text",
            "text":"Use find_book."},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBO/w=="}}]}
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

    [Theory]
    [InlineData("\"errorIn200\": 1")]
    [InlineData("\"badChunk\": {\"share\": 1, \"chunks\": 0}")]
    [InlineData("\"cutAfter\": {\"share\": 1, \"chunks\": 0, \"how\": \"clean\"}")]
    public async Task A_stream_that_breaks_before_its_first_token_goes_on_at_the_next_target(string failure)
    {
        _gateway.Fail("ollama", failure);

        using var response = await _gateway.CallAsync("guarded", stream: true);
        var text = await response.Content.ReadAsStringAsync();

        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        Assert.Equal(
            "ollama/llama3.2:bad_answer,openai/gpt-4o:ok",
            Assert.Single(response.Headers.GetValues("x-holdfast-attempted")));
    }

    [Theory]
    [InlineData("\"cutAfter\": {\"share\": 1, \"chunks\": 3, \"how\": \"clean\"}")]
    [InlineData("\"errorMidStream\": {\"share\": 1, \"chunks\": 3}")]
    [InlineData("\"badChunk\": {\"share\": 1, \"chunks\": 3}")]
    public async Task A_stream_that_breaks_later_says_so_and_never_ends_cleanly(string failure)
    {
        // One token after another, so that the failure does not come with the first.
        _gateway.Simulator.Set("ollama", Holdfast.Simulator.Behaviour.Parse(
            "{\"tokensPerSecond\": 40, \"failures\": {" + failure + "}}"));
        using var client = await RawClient.ConnectAsync(_gateway.Url);
        var body = GatewayFixture.Chat("ollama/llama3.2", stream: true);
        await client.SendAsync("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
            + $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");

        var text = await client.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 200 ", text, StringComparison.Ordinal);
        Assert.Contains("data: {\"error\":{", text, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
        Assert.False(text.EndsWith("0\r\n\r\n", StringComparison.Ordinal), "the cut stream ended as if it were whole");
    }

    private async Task<JsonElement> AskAsync(string body)
    {
        using var response = await _gateway.PostAsync(body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonElement.Parse(text);
    }
}

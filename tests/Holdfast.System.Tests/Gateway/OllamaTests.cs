namespace Holdfast.System.Tests.Gateway;

/// <summary>Callers of OpenAI's format, and Ollama's own format behind the gateway.</summary>
public sealed class OllamaTests() : NativeDialectTests(Yaml, "ollama/llama3.2")
{
    private const string Yaml = """
        providers:
          ollama: { type: ollama, baseUrl: "${SIM}/ollama" }
          compatible: { type: ollama, baseUrl: "${SIM}/ollama/v1" }
          openai: { type: openai, baseUrl: "${SIM}/openai/v1", apiKey: a-key }
        models:
          guarded: { targets: [ ollama/llama3.2, openai/gpt-4o ] }

        """;

    [Theory]
    [InlineData("ollama/llama3.2", "/api/chat\"")]
    [InlineData("compatible/llama3.2", "/v1/chat/completions\"")]
    public Task A_plain_answer_comes_from_each_of_Ollamas_addresses(string model, string path) =>
        AnswersAsync(model, "ollama", path);

    [Fact]
    public Task A_call_and_its_result_make_the_round() => MakesTheRoundAsync(
        """
            {"model":"ollama/qwen3","tools":[{"type":"function","function":{"name":"find_book",
            "parameters":{"type":"object","properties":{"title":{"type":"string"}},"required":["title"]}}}],
            "temperature":0.5,"top_p":0.9,"seed":7,"max_tokens":50,"reasoning_effort":"low",
            "messages":[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text",
            "text":"Use find_book."},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBO/w=="}}]}
            """);

    [Theory]
    [InlineData("\"errorIn200\": 1")]
    [InlineData("\"badChunk\": {\"share\": 1, \"chunks\": 0}")]
    [InlineData("\"cutAfter\": {\"share\": 1, \"chunks\": 0, \"how\": \"clean\"}")]
    public async Task A_stream_that_breaks_before_its_first_token_goes_on_at_the_next_target(string failure)
    {
        Gateway.Fail("ollama", failure);

        using var response = await Gateway.CallAsync("guarded", stream: true);
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
        Gateway.Simulator.Set("ollama", Holdfast.Simulator.Behaviour.Parse(
            "{\"tokensPerSecond\": 40, \"failures\": {" + failure + "}}"));
        using var client = await RawClient.ConnectAsync(Gateway.Url);
        var body = GatewayFixture.Chat("ollama/llama3.2", stream: true);
        await client.SendAsync("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
            + $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");

        var text = await client.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 200 ", text, StringComparison.Ordinal);
        Assert.Contains("data: {\"error\":{", text, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
        Assert.False(text.EndsWith("0\r\n\r\n", StringComparison.Ordinal), "the cut stream ended as if it were whole");
    }
}

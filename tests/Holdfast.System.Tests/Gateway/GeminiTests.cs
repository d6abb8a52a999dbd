using System.Text;
using System.Text.Json;
using Holdfast.Simulator;

namespace Holdfast.System.Tests.Gateway;

/// <summary>Callers of OpenAI's format, and Gemini's own format behind the gateway.</summary>
public sealed class GeminiTests : IAsyncLifetime
{
    private const string Yaml = """
        server: { urls: "http://127.0.0.1:0" }
        logging: { level: none }
        defaults: { retry: { maxRetries: 0, baseDelay: 1ms } }
        providers:
          gemini: { type: gemini, baseUrl: "${SIM}/gemini/v1beta", apiKey: a-key }
          vertex: { type: vertex, baseUrl: "${SIM}/gemini/v1beta1/projects/p/locations/r", apiKey: a-token }
          compatible: { type: gemini, baseUrl: "${SIM}/gemini/v1beta/openai", apiKey: a-key }
          badKey: { type: gemini, baseUrl: "${SIM}/gemini/v1beta", apiKey: bad-key }
          openai: { type: openai, baseUrl: "${SIM}/openai/v1", apiKey: a-key }
        models:
          guarded: { targets: [ badKey/gemini-2.5-flash, openai/gpt-4o ] }

        """;

    private GatewayFixture _gateway = null!;

    public async Task InitializeAsync() => _gateway = await GatewayFixture.StartAsync(Yaml);

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Theory]
    [InlineData("gemini/gemini-2.5-flash", "/models/gemini-2.5-flash:generateContent")]
    [InlineData("vertex/gemini-2.5-flash", "/publishers/google/models/gemini-2.5-flash:generateContent")]
    [InlineData("compatible/gemini-2.5-flash", "/openai/chat/completions")]
    public async Task A_plain_answer_comes_from_each_of_Googles_addresses(string model, string path)
    {
        var answer = await AskAsync($$"""{"model":"{{model}}","messages":[{"role":"user","content":"Hi"}]}""");

        var choice = answer.GetProperty("choices")[0];
        Assert.NotEmpty(choice.GetProperty("message").GetProperty("content").GetString()!);
        Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
        Assert.True(answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32() > 0);
        Assert.Contains(path, _gateway.Simulator.LastRequest("gemini"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_says_what_the_plain_answer_says_and_ends_as_OpenAIs_do()
    {
        const string Body = """{"model":"gemini/gemini-2.5-flash","messages":[{"role":"user","content":"Hi"}]""";

        var plain = await AskAsync(Body + "}");
        using var response = await _gateway.PostAsync(
            Body + ",\"stream\":true,\"stream_options\":{\"include_usage\":true}}");
        var text = await response.Content.ReadAsStringAsync();

        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        var chunks = Chunks(text);
        Assert.Equal(
            plain.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString(),
            string.Concat(chunks[..^1].Select(ContentOf)));
        Assert.Equal("stop", chunks[^2].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(plain.GetProperty("usage").GetRawText(), chunks[^1].GetProperty("usage").GetRawText());
    }

    [Theory]
    [InlineData("gemini-2.5-flash")]
    [InlineData("gemini-3-flash-preview")]
    public async Task A_call_and_its_result_make_the_round(string model)
    {
        var start = $$$$"""
            {"model":"gemini/{{{{model}}}}","tools":[{"type":"function","function":{"name":"find_book","strict":true,
            "parameters":{"type":"object","properties":{"title":{"type":"string"}},"required":["title"]}}}],
            "messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Use find_book."}
            """;

        var first = await AskAsync(start + "]}");
        var message = first.GetProperty("choices")[0].GetProperty("message");
        var call = message.GetProperty("tool_calls")[0];
        var second = await AskAsync(start + "," + message.GetRawText() + ",{\"role\":\"tool\",\"tool_call_id\":"
            + call.GetProperty("id").GetRawText() + ",\"content\":\"Found.\"}]}");

        Assert.Equal("tool_calls", first.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal("find_book", call.GetProperty("function").GetProperty("name").GetString());
        JsonElement.Parse(call.GetProperty("function").GetProperty("arguments").GetString()!).GetProperty("title");
        Assert.NotEmpty(second.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!);
    }

    [Fact]
    public async Task Options_reach_Gemini_in_a_form_that_it_takes()
    {
        var answer = await AskAsync("""
            {"model":"gemini/gemini-2.5-flash","n":2,"temperature":0.5,"top_p":0.9,"max_tokens":50,"seed":7,
            "stop":["~"],
            "presence_penalty":0.1,"frequency_penalty":0.1,"logprobs":true,"top_logprobs":2,"reasoning_effort":"low",
            "safety_settings":[],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":
            {"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]}}},
            "messages":[{"role":"user","content":"Hi"}]}
            """);

        Assert.Equal(2, answer.GetProperty("choices").GetArrayLength());
        var text = answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
        Assert.Equal(JsonValueKind.Number, JsonElement.Parse(text).GetProperty("a").ValueKind);
    }

    [Fact]
    public async Task A_bad_key_goes_on_to_the_next_target()
    {
        using var response = await _gateway.CallAsync("guarded");

        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal(
            "badKey/gemini-2.5-flash:auth,openai/gpt-4o:ok",
            Assert.Single(response.Headers.GetValues("x-holdfast-attempted")));
    }

    [Theory]
    [InlineData("\"cutAfter\": {\"share\": 1, \"chunks\": 3, \"how\": \"rst\"}")]
    [InlineData("\"errorMidStream\": {\"share\": 1, \"chunks\": 3}")]
    [InlineData("\"badChunk\": {\"share\": 1, \"chunks\": 3}")]
    public async Task A_stream_that_breaks_ends_with_an_error(string failure)
    {
        _gateway.Simulator.Set("gemini", Behaviour.Parse("{\"failures\": {" + failure + "}}"));

        using var request = GatewayFixture.Request(GatewayFixture.Chat("gemini/gemini-2.5-flash", stream: true));
        using var response = await _gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var text = new StringBuilder();
        await using var stream = await response.Content.ReadAsStreamAsync();
        var isCut = await ReadToEndAsync(stream, text);

        // What breaks before the first token has gone out is an answer of its own, and a whole one.
        Assert.Equal(response.IsSuccessStatusCode, isCut);
        Assert.Contains("{\"error\":{", text.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", text.ToString(), StringComparison.Ordinal);
    }

    private static async Task<bool> ReadToEndAsync(Stream stream, StringBuilder text)
    {
        var buffer = new byte[4096];
        try
        {
            while (await stream.ReadAsync(buffer) is var read and > 0)
            {
                text.Append(Encoding.UTF8.GetString(buffer, 0, read));
            }

            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static List<JsonElement> Chunks(string text) =>
        [.. text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Where(one => one != "data: [DONE]")
            .Select(one => JsonElement.Parse(one["data: ".Length..]))];

    private static string? ContentOf(JsonElement chunk) =>
        chunk.GetProperty("choices")[0].GetProperty("delta").TryGetProperty("content", out var content)
            ? content.GetString() : null;

    private async Task<JsonElement> AskAsync(string body)
    {
        using var response = await _gateway.PostAsync(body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonElement.Parse(text);
    }
}

using System.Text;
using System.Text.Json;
using Holdfast.Simulator;

namespace Holdfast.System.Tests.Gateway;

/// <summary>Callers of OpenAI's and Anthropic's formats, and Bedrock's Converse behind the gateway.</summary>
public sealed class BedrockTests : IAsyncLifetime
{
    private const string Yaml = """
        server: { urls: "http://127.0.0.1:0" }
        logging: { level: none }
        defaults: { retry: { maxRetries: 0, baseDelay: 1ms } }
        providers:
          bedrock: { type: bedrock, region: eu-west-1, baseUrl: "${SIM}/bedrock", apiKey: a-bedrock-key }
          signed: { type: bedrock, region: eu-west-1, baseUrl: "${SIM}/bedrock" }
          compatible: { type: bedrock, region: eu-west-1, baseUrl: "${SIM}/bedrock/openai/v1", apiKey: a-bedrock-key }
          badKey: { type: bedrock, region: eu-west-1, baseUrl: "${SIM}/bedrock", apiKey: bad-key }
          openai: { type: openai, baseUrl: "${SIM}/openai/v1", apiKey: a-key }
        models:
          guarded: { targets: [ badKey/amazon.nova-lite-v1:0, openai/gpt-4o ] }
          unknown: { targets: [ bedrock/missing-model-v1:0, openai/gpt-4o ] }

        """;

    private GatewayFixture _gateway = null!;

    public async Task InitializeAsync()
    {
        // The only account that the simulator knows. AWS's library looks for one in the process's environment.
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", "AKIASIMULATOR");
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", "simulated-secret");
        Environment.SetEnvironmentVariable("AWS_SESSION_TOKEN", "simulated-token");
        _gateway = await GatewayFixture.StartAsync(Yaml);
    }

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Theory]
    [InlineData("bedrock/amazon.nova-lite-v1:0", "/model/amazon.nova-lite-v1%3A0/converse")]
    [InlineData("signed/amazon.nova-lite-v1:0", "/model/amazon.nova-lite-v1%3A0/converse")]
    [InlineData("signed/arn:aws:bedrock:eu-west-1:1:inference-profile/eu.amazon.nova-lite-v1:0", "/converse")]
    [InlineData("compatible/openai.gpt-oss-20b-1:0", "/openai/v1/chat/completions")]
    public async Task A_plain_answer_comes_whichever_way_it_is_asked_for(string model, string path)
    {
        var answer = await AskAsync($$"""{"model":"{{model}}","messages":[{"role":"user","content":"Hi"}]}""");

        var choice = answer.GetProperty("choices")[0];
        Assert.NotEmpty(choice.GetProperty("message").GetProperty("content").GetString()!);
        Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
        Assert.True(answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32() > 0);
        var last = Uri.UnescapeDataString(_gateway.Simulator.LastRequest("bedrock")!);
        Assert.Contains(Uri.UnescapeDataString(path), last, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bedrock")]
    [InlineData("signed")]
    public async Task A_stream_says_what_the_plain_answer_says_and_ends_as_OpenAIs_do(string provider)
    {
        var body = $$"""{"model":"{{provider}}/amazon.nova-lite-v1:0","messages":[{"role":"user","content":"Hi"}]""";

        var plain = await AskAsync(body + "}");
        using var response = await _gateway.PostAsync(
            body + ",\"stream\":true,\"stream_options\":{\"include_usage\":true}}");
        var text = await response.Content.ReadAsStringAsync();

        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        var chunks = Chunks(text);
        Assert.Equal(
            plain.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString(),
            string.Concat(chunks[..^1].Select(ContentOf)));
        Assert.Equal("stop", chunks[^2].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(plain.GetProperty("usage").GetRawText(), chunks[^1].GetProperty("usage").GetRawText());
    }

    [Fact]
    public async Task A_call_and_its_result_make_the_round()
    {
        const string Start = """
            {"model":"signed/amazon.nova-lite-v1:0","tools":[{"type":"function","function":{"name":"find_book",
            "parameters":{"type":"object","properties":{"title":{"type":"string"}},"required":["title"]}}}],
            "messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Use find_book."}
            """;

        var first = await AskAsync(Start + "]}");
        var message = first.GetProperty("choices")[0].GetProperty("message");
        var call = message.GetProperty("tool_calls")[0];
        var second = await AskAsync(Start + "," + message.GetRawText() + ",{\"role\":\"tool\",\"tool_call_id\":"
            + call.GetProperty("id").GetRawText() + ",\"content\":\"Found.\"}]}");

        Assert.Equal("tool_calls", first.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal("find_book", call.GetProperty("function").GetProperty("name").GetString());
        JsonElement.Parse(call.GetProperty("function").GetProperty("arguments").GetString()!).GetProperty("title");
        Assert.NotEmpty(second.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!);
    }

    [Fact]
    public async Task Options_reach_Bedrock_in_a_form_that_it_takes()
    {
        var answer = await AskAsync("""
            {"model":"bedrock/eu.anthropic.claude-sonnet-4-5-20250929-v1:0","temperature":0.5,"top_p":0.9,
            "max_tokens":50,"stop":["~"],"top_k":3,"service_tier":"flex","response_format":{"type":"json_schema",
            "json_schema":{"name":"n","schema":{"type":"object","properties":{"a":{"type":"integer"}},
            "required":["a"]}}},"messages":[{"role":"user","content":[{"type":"text","text":"Hi"},
            {"type":"image_url","image_url":{"url":"data:image/png;base64,iVBO"}}]}]}
            """);

        var text = answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
        Assert.Equal(JsonValueKind.Number, JsonElement.Parse(text).GetProperty("a").ValueKind);
    }

    [Fact]
    public async Task A_caller_of_Anthropics_format_reaches_Bedrock_too()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_gateway.Url, "/v1/messages"))
        {
            Content = new StringContent("""
                {"model":"signed/amazon.nova-lite-v1:0","max_tokens":50,"stream":true,
                "messages":[{"role":"user","content":"Hi"}]}
                """, Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("anthropic-version", "2023-06-01");
        using var response = await _gateway.Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();

        Assert.Contains("event: content_block_delta", text, StringComparison.Ordinal);
        Assert.Contains("event: message_stop", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_to_an_image_is_refused_by_its_place()
    {
        using var response = await _gateway.PostAsync("""
            {"model":"bedrock/amazon.nova-lite-v1:0","messages":[{"role":"user","content":[{"type":"image_url",
            "image_url":{"url":"https://a.example/x.png"}}]}]}
            """);
        var error = JsonElement.Parse(await response.Content.ReadAsStringAsync()).GetProperty("error");

        Assert.Equal(400, (int)response.StatusCode);
        Assert.Equal("messages[0].content[0].image_url.url", error.GetProperty("param").GetString());
    }

    [Theory]
    [InlineData("guarded", "badKey/amazon.nova-lite-v1:0:auth,openai/gpt-4o:ok")]
    [InlineData("unknown", "bedrock/missing-model-v1:0:not_found,openai/gpt-4o:ok")]
    public async Task A_bad_key_and_an_unknown_model_go_on_to_the_next_target(string model, string attempted)
    {
        using var response = await _gateway.CallAsync(model);

        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal(attempted, Assert.Single(response.Headers.GetValues("x-holdfast-attempted")));
    }

    [Theory]
    [InlineData("\"cutAfter\": {\"share\": 1, \"chunks\": 3, \"how\": \"rst\"}")]
    [InlineData("\"cutAfter\": {\"share\": 1, \"chunks\": 3, \"how\": \"clean\"}")]
    [InlineData("\"errorMidStream\": {\"share\": 1, \"chunks\": 3}")]
    [InlineData("\"badChunk\": {\"share\": 1, \"chunks\": 3}")]
    public async Task A_stream_that_breaks_ends_with_an_error(string failure)
    {
        _gateway.Simulator.Set("bedrock", Behaviour.Parse("{\"failures\": {" + failure + "}}"));

        using var request = GatewayFixture.Request(GatewayFixture.Chat("signed/amazon.nova-lite-v1:0", stream: true));
        using var response = await _gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        var text = new StringBuilder();
        await using var stream = await response.Content.ReadAsStreamAsync();
        var isCut = await ReadToEndAsync(stream, text);

        // What breaks before the first token has gone out is an answer of its own, and a whole one.
        Assert.Equal(response.IsSuccessStatusCode, isCut);
        Assert.Contains("{\"error\":{", text.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signature_that_is_refused_tells_nobody_the_session_token()
    {
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", "another-secret");
        await using var other = await GatewayFixture.StartAsync(Yaml);

        using var response = await other.CallAsync("signed/amazon.nova-lite-v1:0");
        var text = await response.Content.ReadAsStringAsync();

        Assert.False(response.IsSuccessStatusCode);
        Assert.DoesNotContain("simulated-token", text, StringComparison.Ordinal);
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

using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Holdfast.Simulator;

namespace Holdfast.System.Tests.Simulator;

public sealed class OpenAiDialectTests : SimulatorFixture
{
    private const string Tools = """
        "tools":[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object","properties":
        {"city":{"type":"string"},"days":{"type":"integer","minimum":2},"note":{"type":"string"}},
        "required":["city","days"]}}}]
        """;

    [Fact]
    public async Task Answers_a_chat_completion_with_every_field_of_the_specification()
    {
        var answer = await AskAsync("openai", Chat);

        Assert.StartsWith("chatcmpl-", answer.GetProperty("id").GetString(), StringComparison.Ordinal);
        Assert.Equal("chat.completion", answer.GetProperty("object").GetString());
        Assert.Equal("gpt-4o", answer.GetProperty("model").GetString());
        Assert.True(answer.GetProperty("created").GetInt64() > 0);
        var choice = Assert.Single(answer.GetProperty("choices").EnumerateArray());
        Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
        Assert.Equal(JsonValueKind.Null, choice.GetProperty("logprobs").ValueKind);
        var message = choice.GetProperty("message");
        Assert.Equal("assistant", message.GetProperty("role").GetString());
        Assert.Equal(JsonValueKind.Null, message.GetProperty("refusal").ValueKind);
        Assert.Equal(0, message.GetProperty("annotations").GetArrayLength());
        var usage = answer.GetProperty("usage");
        Assert.Equal(usage.GetProperty("total_tokens").GetInt32(),
            usage.GetProperty("prompt_tokens").GetInt32() + usage.GetProperty("completion_tokens").GetInt32());
        Assert.Equal(0, usage.GetProperty("completion_tokens_details").GetProperty("reasoning_tokens").GetInt32());
    }

    [Fact]
    public async Task Streams_the_text_of_the_plain_answer_and_names_its_digest_before()
    {
        var plain = Text(await AskAsync("openai", Chat));
        using var response = await PostAsync("openai", ChatStream);

        var chunks = Chunks(await StreamAsync("openai", ChatStream));

        var streamed = string.Concat(chunks.Select(chunk => Delta(chunk)).Select(delta =>
            delta.TryGetProperty("content", out var content) ? content.GetString() : ""));
        Assert.Equal(plain, streamed);
        Assert.Equal(plain, Simulator.ExpectedAnswer("openai", Chat));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(plain))),
            Assert.Single(response.Headers.GetValues("x-simulated-text-sha256")));
    }

    [Fact]
    public async Task Streams_the_same_text_slowly_with_comments_and_split_characters()
    {
        Simulator.Set("openai", Behaviour.Parse("""
            {"firstTokenMs": {"p50": 40, "p99": 40}, "tokensPerSecond": 1000, "outputTokens": 100,
             "splitUtf8": true, "comments": true}
            """));
        var began = TimeProvider.System.GetTimestamp();

        var events = await StreamAsync("openai", ChatStream);

        var streamed = string.Concat(Chunks(events[1..]).Select(Delta).Select(delta =>
            delta.TryGetProperty("content", out var content) ? content.GetString() : ""));
        Assert.StartsWith(": ", events[0].Data, StringComparison.Ordinal);
        Assert.Equal(Simulator.ExpectedAnswer("openai", Chat), streamed);
        Assert.True(TimeProvider.System.GetElapsedTime(began) >= TimeSpan.FromMilliseconds(130));
    }

    [Fact]
    public async Task Keeps_id_time_and_model_in_every_chunk_and_ends_with_done()
    {
        var events = await StreamAsync("openai", ChatStream);

        var chunks = Chunks(events);
        Assert.Equal("[DONE]", events[^1].Data);
        Assert.Single(chunks.Select(chunk => (chunk.GetProperty("id").GetString(),
            chunk.GetProperty("created").GetInt64(), chunk.GetProperty("model").GetString())).Distinct());
        Assert.Equal("assistant", Delta(chunks[0]).GetProperty("role").GetString());
        Assert.Equal("", Delta(chunks[0]).GetProperty("content").GetString());
        Assert.Empty(Delta(chunks[^1]).EnumerateObject());
        Assert.Equal("stop", chunks[^1].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.All(chunks, chunk => Assert.False(chunk.TryGetProperty("usage", out _)));
    }

    [Fact]
    public async Task Sends_usage_in_a_last_chunk_of_its_own_where_it_was_asked_for()
    {
        var request = Streamed(Chat)[..^1] + ""","stream_options":{"include_usage":true}}""";

        var chunks = Chunks(await StreamAsync("openai", request));

        Assert.All(chunks[..^1], chunk => Assert.Equal(JsonValueKind.Null, chunk.GetProperty("usage").ValueKind));
        Assert.Equal(0, chunks[^1].GetProperty("choices").GetArrayLength());
        Assert.True(chunks[^1].GetProperty("usage").GetProperty("total_tokens").GetInt32() > 0);
    }

    [Theory]
    [InlineData("what says get_weather?", "")]
    [InlineData("please use the tool", "")]
    [InlineData("hello", ""","tool_choice":"required" """)]
    [InlineData("hello", ""","tool_choice":{"type":"function","function":{"name":"get_weather"}}""")]
    public async Task Calls_a_tool_with_the_required_arguments_whole_and_in_pieces(string said, string choice)
    {
        var request = $$"""{"model":"m","messages":[{"role":"user","content":"{{said}}"}],{{Tools}}{{choice}}}""";

        var answer = (await AskAsync("openai", request)).GetProperty("choices")[0];
        var chunks = Chunks(await StreamAsync("openai", Streamed(request)));

        Assert.Equal("tool_calls", answer.GetProperty("finish_reason").GetString());
        var call = Assert.Single(answer.GetProperty("message").GetProperty("tool_calls").EnumerateArray());
        var arguments = call.GetProperty("function").GetProperty("arguments").GetString()!;
        using var parsed = JsonDocument.Parse(arguments);
        Assert.Equal(["city", "days"], parsed.RootElement.EnumerateObject().Select(property => property.Name));
        Assert.Equal(2, parsed.RootElement.GetProperty("days").GetInt32());
        var deltas = chunks.Select(Delta).Where(delta => delta.TryGetProperty("tool_calls", out _))
            .Select(delta => delta.GetProperty("tool_calls")[0]).ToList();
        Assert.True(deltas.Count > 2);
        Assert.Equal("get_weather", deltas[0].GetProperty("function").GetProperty("name").GetString());
        Assert.Equal("function", deltas[0].GetProperty("type").GetString());
        Assert.Equal(arguments, string.Concat(deltas.Select(delta =>
            delta.GetProperty("function").GetProperty("arguments").GetString())));
    }

    [Fact]
    public async Task Answers_with_text_after_the_result_of_a_tool()
    {
        var request = $$"""
            {"model":"m","messages":[{"role":"user","content":"use the tool"},
            {"role":"tool","tool_call_id":"c","content":"12 degrees"}],{{Tools}}}
            """;

        var answer = await AskAsync("openai", request);

        Assert.NotEqual("", Text(answer));
    }

    [Fact]
    public async Task Answers_with_a_value_of_the_schema_where_one_is_given()
    {
        var request = Chat[..^1] + """
            ,"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object",
            "properties":{"kind":{"enum":["a","b"]},"items":{"type":"array","items":{"$ref":"#/$defs/item"}}},
            "required":["kind","items"],"$defs":{"item":{"type":"object","properties":{"n":{"type":"number"}},
            "required":["n"]}}}}}}
            """;

        using var content = JsonDocument.Parse(Text(await AskAsync("openai", request)));

        Assert.Contains(content.RootElement.GetProperty("kind").GetString(), (string[])["a", "b"]);
        Assert.Equal(JsonValueKind.Number, content.RootElement.GetProperty("items")[0].GetProperty("n").ValueKind);
    }

    [Fact]
    public async Task Stops_at_the_most_tokens_asked_for_and_says_so()
    {
        var answer = await AskAsync("openai", Chat[..^1] + ""","max_tokens":3}""");

        Assert.Equal("length", answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(3, answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.StartsWith(Text(answer), Text(await AskAsync("openai", Chat)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Streams_several_choices_in_turns()
    {
        var request = Chat[..^1] + ""","n":3}""";

        var plain = (await AskAsync("openai", request)).GetProperty("choices").EnumerateArray()
            .Select(choice => choice.GetProperty("message").GetProperty("content").GetString());
        var chunks = Chunks(await StreamAsync("openai", Streamed(request)));

        var streamed = Enumerable.Range(0, 3).Select(index => string.Concat(chunks
            .Select(chunk => chunk.GetProperty("choices")[0])
            .Where(choice => choice.GetProperty("index").GetInt32() == index)
            .Select(choice => choice.GetProperty("delta").TryGetProperty("content", out var text)
                ? text.GetString() : "")));
        Assert.Equal(plain, streamed);
        Assert.Equal(3, plain.Distinct().Count());
    }

    [Theory]
    [InlineData("{}", "a-key", 400, "missing_required_parameter")]
    [InlineData("""{"model":"gpt-4o"}""", "a-key", 400, "missing_required_parameter")]
    [InlineData("""{"model":"missing-1","messages":[{"role":"user","content":"a"}]}""", "a-key", 404,
        "model_not_found")]
    [InlineData(Chat, "", 401, null)]
    [InlineData(Chat, "bad-key", 401, "invalid_api_key")]
    [InlineData(Chat, "quota-key", 429, "insufficient_quota")]
    [InlineData(Chat, "limited-key", 429, "rate_limit_exceeded")]
    [InlineData("{", "a-key", 400, null)]
    public async Task Refuses_with_all_four_keys(string body, string key, int status, string? code)
    {
        using var response = await PostAsync("openai", body, key);

        using var error = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(code, error.RootElement.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(["message", "type", "param", "code"],
            error.RootElement.GetProperty("error").EnumerateObject().Select(property => property.Name));
    }

    [Theory]
    [InlineData("mistral", 401, "detail", "application/json")]
    [InlineData("xai", 400, "code", "application/json")]
    [InlineData("gemini", 400, "error", "application/json")]
    [InlineData("cohere", 401, "id", "application/json")]
    [InlineData("deepseek", 401, "error", "application/octet-stream")]
    public async Task Gives_errors_the_shape_of_the_provider(string provider, int status, string first, string type)
    {
        using var response = await PostAsync(provider, Chat, "bad-key");

        using var error = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(type, response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(first, error.RootElement.EnumerateObject().First().Name);
    }

    [Fact]
    public async Task Takes_a_deployment_as_the_model_on_azure_and_asks_for_the_version()
    {
        var path = new Uri(Simulator.BaseUrl, "/azure/openai/deployments/mine/chat/completions");
        const string Body = """{"messages":[{"role":"user","content":"a"}]}""";

        using var without = await PostAsync(path, Body);
        using var with = await PostAsync(new Uri(path + "?api-version=2024-10-21"), Body);

        Assert.Equal(HttpStatusCode.NotFound, without.StatusCode);
        Assert.Contains("\"model\":\"mine\"", await with.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Matches("^[0-9]+$", Assert.Single(with.Headers.GetValues("x-ratelimit-reset-requests")));
    }

    [Fact]
    public async Task Ends_a_good_stream_of_perplexity_without_done()
    {
        var events = await StreamAsync("perplexity", ChatStream);

        Assert.DoesNotContain(events, one => one.Data == "[DONE]");
        Assert.Contains("\"finish_reason\":\"stop\"", events[^1].Data, StringComparison.Ordinal);
        Assert.Equal(1, Simulator.Counters("perplexity").CompletedStreams);
    }

    [Fact]
    public async Task Counts_the_remaining_requests_down()
    {
        using var first = await PostAsync("groq", Chat);
        using var second = await PostAsync("groq", Chat);

        Assert.Equal(1, Remaining(first) - Remaining(second));

        static int Remaining(HttpResponseMessage response) =>
            int.Parse(Assert.Single(response.Headers.GetValues("x-ratelimit-remaining-requests")), null);
    }

    private static string Text(JsonElement answer) =>
        answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;

    private static JsonElement Delta(JsonElement chunk) => chunk.GetProperty("choices")[0].GetProperty("delta");

    private static List<JsonElement> Chunks(List<(string Event, string Data)> events) =>
        [.. events.Where(one => one.Data != "[DONE]").Select(one => JsonElement.Parse(one.Data))];
}

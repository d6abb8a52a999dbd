using System.Text.Json;

namespace Holdfast.System.Tests.Simulator;

public sealed class AnthropicDialectTests : SimulatorFixture
{
    private const string Tools = """
        ,"tools":[{"name":"find_book","input_schema":{"type":"object","properties":{"title":{"type":"string"}},
        "required":["title"]}}],"tool_choice":{"type":"any"}}
        """;

    [Fact]
    public async Task Answers_a_message()
    {
        using var response = await PostAsync("anthropic", Message);

        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var root = answer.RootElement;
        Assert.StartsWith("msg_", root.GetProperty("id").GetString(), StringComparison.Ordinal);
        Assert.Equal("message", root.GetProperty("type").GetString());
        Assert.Equal("end_turn", root.GetProperty("stop_reason").GetString());
        Assert.Equal("text", root.GetProperty("content")[0].GetProperty("type").GetString());
        Assert.True(root.GetProperty("usage").GetProperty("output_tokens").GetInt32() > 0);
        Assert.StartsWith("req_", Assert.Single(response.Headers.GetValues("request-id")), StringComparison.Ordinal);
        var reset = Assert.Single(response.Headers.GetValues("anthropic-ratelimit-requests-reset"));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", reset);
    }

    [Fact]
    public async Task Streams_the_events_in_their_order_with_the_text_of_the_plain_answer()
    {
        var plain = (await AskAsync("anthropic", Message)).GetProperty("content")[0].GetProperty("text").GetString();

        var events = await StreamAsync("anthropic", Streamed(Message));

        Assert.Equal(
            ["message_start", "content_block_start", "ping", "content_block_delta", "content_block_stop",
                "message_delta", "message_stop"],
            events.Select(one => one.Event).Distinct());
        Assert.All(events, one => Assert.Equal(one.Event, JsonElement.Parse(one.Data).GetProperty("type").GetString()));
        Assert.Equal(plain, string.Concat(events.Where(one => one.Event == "content_block_delta")
            .Select(one => JsonElement.Parse(one.Data).GetProperty("delta").GetProperty("text").GetString())));
    }

    [Fact]
    public async Task Uses_a_tool_whole_and_in_pieces()
    {
        var request = Message[..^1] + Tools;

        var answer = await AskAsync("anthropic", request);
        var events = await StreamAsync("anthropic", Streamed(request));

        var block = answer.GetProperty("content")[0];
        Assert.Equal("tool_use", answer.GetProperty("stop_reason").GetString());
        Assert.Equal("find_book", block.GetProperty("name").GetString());
        var pieces = string.Concat(events.Where(one => one.Event == "content_block_delta")
            .Select(one => JsonElement.Parse(one.Data).GetProperty("delta").GetProperty("partial_json").GetString()));
        Assert.Equal(block.GetProperty("input").GetProperty("title").GetString(),
            JsonElement.Parse(pieces).GetProperty("title").GetString());
    }

    [Theory]
    [InlineData("""{"model":"m","messages":[{"role":"user","content":"a"}]}""", "a-key", 400, "invalid_request_error")]
    [InlineData(Message, "", 401, "authentication_error")]
    [InlineData(Message, "bad-key", 401, "authentication_error")]
    [InlineData(Message, "quota-key", 400, "invalid_request_error")]
    [InlineData(Message, "limited-key", 429, "rate_limit_error")]
    public async Task Refuses_as_anthropic_does(string body, string key, int status, string type)
    {
        using var response = await PostAsync("anthropic", body, key);

        using var error = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("error", error.RootElement.GetProperty("type").GetString());
        Assert.Equal(type, error.RootElement.GetProperty("error").GetProperty("type").GetString());
        Assert.Equal(Assert.Single(response.Headers.GetValues("request-id")),
            error.RootElement.GetProperty("request_id").GetString());
    }

    [Fact]
    public async Task Begins_a_stream_with_overloaded_where_an_error_comes_inside_a_200()
    {
        Fail("anthropic", "\"errorIn200\": 1");

        var only = Assert.Single(await StreamAsync("anthropic", Streamed(Message)));

        Assert.Equal("error", only.Event);
        Assert.Contains("overloaded_error", only.Data, StringComparison.Ordinal);
    }
}

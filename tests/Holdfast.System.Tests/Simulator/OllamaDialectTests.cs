using System.Net;
using System.Text.Json;

namespace Holdfast.System.Tests.Simulator;

public sealed class OllamaDialectTests : SimulatorFixture
{
    private const string Hello =
        """{"model":"llama3.2","messages":[{"role":"user","content":"Tell me."}],"stream":false}""";

    private const string Tools = """
        ,"tools":[{"type":"function","function":{"name":"find_book","parameters":{"type":"object",
        "properties":{"title":{"type":"string"}},"required":["title"]}}}]}
        """;

    [Fact]
    public async Task Answers_without_a_key_with_a_message_and_its_counts()
    {
        var answer = Assert.Single(await AskOllamaAsync(Hello, "application/json"));

        Assert.NotEmpty(TextOf(answer));
        Assert.Equal("llama3.2", answer.GetProperty("model").GetString());
        Assert.True(answer.GetProperty("done").GetBoolean());
        Assert.Equal("stop", answer.GetProperty("done_reason").GetString());
        Assert.True(answer.GetProperty("eval_count").GetInt32() > 0);
    }

    [Fact]
    public async Task Streams_lines_when_nothing_is_said_with_the_text_of_the_plain_answer()
    {
        var plain = Assert.Single(await AskOllamaAsync(Hello, "application/json"));

        var lines = await AskOllamaAsync(
            Hello.Replace(",\"stream\":false", "", StringComparison.Ordinal), "application/x-ndjson");

        Assert.Equal(TextOf(plain), string.Concat(lines.Select(TextOf)));
        Assert.All(lines[..^1], line => Assert.False(line.GetProperty("done").GetBoolean()));
        Assert.Equal(
            plain.GetProperty("eval_count").GetInt32(), lines[^1].GetProperty("eval_count").GetInt32());
    }

    [Fact]
    public async Task Calls_a_function_whole_with_its_arguments_as_an_object()
    {
        var request = Hello.Replace("Tell me.", "Use find_book.", StringComparison.Ordinal)[..^1] + Tools;

        var plain = Assert.Single(await AskOllamaAsync(request, "application/json"));
        var lines = await AskOllamaAsync(
            request.Replace("false", "true", StringComparison.Ordinal), "application/x-ndjson");

        var calls = plain.GetProperty("message").GetProperty("tool_calls");
        Assert.Equal("find_book", calls[0].GetProperty("function").GetProperty("name").GetString());
        Assert.Equal(
            JsonValueKind.Object, calls[0].GetProperty("function").GetProperty("arguments").ValueKind);
        Assert.Equal(2, lines.Count);
        Assert.Equal(calls.GetRawText(), lines[0].GetProperty("message").GetProperty("tool_calls").GetRawText());
    }

    [Theory]
    [InlineData("""{"messages":[]}""", "model is required")]
    [InlineData("""{"model":"llama3.2","messages":[{"role":"developer","content":"a"}]}""", "invalid role")]
    [InlineData("""{"model":"llama3.2","messages":[{"role":"user","content":[]}]}""", "of type string")]
    [InlineData("""{"model":"llama3.2","messages":[{"role":"user","content":"a","images":["data:,"]}]}""", "base64")]
    [InlineData(
        """{"model":"q","messages":[{"role":"assistant","tool_calls":[{"function":{"arguments":"{}"}}]}]}""",
        "arguments")]
    [InlineData("""{"model":"qwen3","messages":[],"think":"high"}""", "not supported for this model")]
    public async Task Refuses_what_Ollama_refuses(string body, string message)
    {
        using var response = await PostAsync(Chats, body, "");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains(
            message,
            JsonElement.Parse(await response.Content.ReadAsStringAsync()).GetProperty("error").GetString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fails_inside_a_stream_with_a_line_that_says_so()
    {
        Fail("ollama", "\"errorMidStream\": {\"share\": 1, \"chunks\": 2}");

        var lines = await AskOllamaAsync(
            Hello.Replace("false", "true", StringComparison.Ordinal), "application/x-ndjson");

        Assert.Equal(3, lines.Count);
        Assert.NotEmpty(lines[^1].GetProperty("error").GetString()!);
    }

    [Fact]
    public async Task Lists_its_models_as_tags_and_as_OpenAI_does()
    {
        using var tags = await Client.GetAsync(new Uri(Simulator.BaseUrl, "/ollama/api/tags"));
        using var models = await Client.GetAsync(new Uri(Simulator.BaseUrl, "/ollama/v1/models"));

        Assert.StartsWith(
            "{\"models\":[{\"name\":\"llama3.2\"", await tags.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.StartsWith(
            "{\"object\":\"list\"", await models.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private Uri Chats => new(Simulator.BaseUrl, "/ollama/api/chat");

    private static string TextOf(JsonElement line) =>
        line.GetProperty("message").GetProperty("content").GetString()!;

    private async Task<List<JsonElement>> AskOllamaAsync(string body, string type)
    {
        using var response = await PostAsync(Chats, body, "");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(type, response.Content.Headers.ContentType?.MediaType);
        return [.. (await response.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonElement.Parse(line))];
    }
}

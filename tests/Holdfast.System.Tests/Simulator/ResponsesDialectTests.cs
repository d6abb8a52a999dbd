using System.Net;
using System.Text;
using System.Text.Json;

namespace Holdfast.System.Tests.Simulator;

public sealed class ResponsesDialectTests : SimulatorFixture
{
    private const string Hello = """{"model":"gpt-4o","input":"Tell me."}""";

    private const string Tools = """
        ,"tools":[{"type":"function","name":"find_book","strict":false,"parameters":{"type":"object",
        "properties":{"title":{"type":"string"}},"required":["title"]}}],"tool_choice":"required"}
        """;

    [Theory]
    [InlineData("openai/v1/responses")]
    [InlineData("azure/openai/v1/responses")]
    public async Task Answers_with_a_message(string path)
    {
        var response = await RespondAsync(path, Hello);

        var message = response.GetProperty("output")[0];
        Assert.Equal("completed", response.GetProperty("status").GetString());
        Assert.StartsWith("resp_", response.GetProperty("id").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("msg_", message.GetProperty("id").GetString(), StringComparison.Ordinal);
        Assert.NotEmpty(message.GetProperty("content")[0].GetProperty("text").GetString()!);
        Assert.True(response.GetProperty("usage").GetProperty("output_tokens").GetInt32() > 0);
    }

    [Theory]
    [InlineData("""{"model":"gpt-4o","input":"Tell me."}""")]
    [InlineData("""{"model":"gpt-4o","input":[{"role":"user","content":"Tell me."}]}""")]
    [InlineData("""{"model":"gpt-4o","input":[{"role":"user","content":[{"type":"input_text","text":"Tell me."}]}]}""")]
    public async Task Says_what_its_chat_says_however_the_question_is_put(string body)
    {
        var response = await RespondAsync("openai/v1/responses", body);

        Assert.Equal(Simulator.ExpectedAnswer(
                "openai", """{"model":"gpt-4o","messages":[{"role":"user","content":"Tell me."}]}"""),
            response.GetProperty("output")[0].GetProperty("content")[0].GetProperty("text").GetString());
    }

    [Fact]
    public async Task Streams_numbered_events_of_which_the_last_has_the_plain_answer()
    {
        var plain = await RespondAsync("openai/v1/responses", Hello);

        var events = await EventsAsync(Hello);

        var text = events.Where(one => TypeOf(one) == "response.output_text.delta")
            .Select(one => one.GetProperty("delta").GetString());
        Assert.Equal(
            plain.GetProperty("output")[0].GetProperty("content").GetRawText(),
            events[^1].GetProperty("response").GetProperty("output")[0].GetProperty("content").GetRawText());
        Assert.Equal(
            plain.GetProperty("output")[0].GetProperty("content")[0].GetProperty("text").GetString(),
            string.Concat(text));
        Assert.Equal(Enumerable.Range(0, events.Count),
            events.Select(one => one.GetProperty("sequence_number").GetInt32()));
        Assert.Equal("response.completed", TypeOf(events[^1]));
    }

    [Fact]
    public async Task Calls_a_function_in_pieces_and_whole()
    {
        var plain = await RespondAsync("openai/v1/responses", Hello[..^1] + Tools);

        var events = await EventsAsync(Hello[..^1] + Tools);

        var call = plain.GetProperty("output")[0];
        Assert.Equal(("function_call", "find_book"),
            (call.GetProperty("type").GetString(), call.GetProperty("name").GetString()));
        Assert.Equal(call.GetProperty("arguments").GetString(), string.Concat(events
            .Where(one => TypeOf(one) == "response.function_call_arguments.delta")
            .Select(one => one.GetProperty("delta").GetString())));
    }

    [Theory]
    [InlineData("""{"input":"a"}""", 400, "model")]
    [InlineData("""{"model":"gpt-4o"}""", 400, "input")]
    [InlineData("""{"model":"gpt-4o","input":[]}""", 400, "input")]
    [InlineData("""{"model":"gpt-4o","input":"a","max_output_tokens":1}""", 400, "max_output_tokens")]
    [InlineData("""{"model":"gpt-4o","input":"a","previous_response_id":"resp_1"}""", 400, "previous_response_id")]
    [InlineData("""{"model":"gpt-4o","input":[{"type":"message","id":"x","role":"assistant","content":"a"}]}""", 400,
        "input[0].id")]
    [InlineData("""{"model":"gpt-4o","input":[{"type":"reasoning","id":"rs_1","summary":[]}]}""", 404, "input[0].id")]
    public async Task Refuses_what_OpenAI_refuses(string body, int status, string param)
    {
        using var response = await SendAsync("openai/v1/responses", body);

        Assert.Equal((HttpStatusCode)status, response.StatusCode);
        Assert.Equal(param, JsonElement.Parse(await response.Content.ReadAsStringAsync())
            .GetProperty("error").GetProperty("param").GetString());
    }

    [Fact]
    public async Task Providers_with_chats_only_have_no_such_path()
    {
        using var response = await SendAsync("groq/v1/responses", Hello);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    private static string TypeOf(JsonElement data) => data.GetProperty("type").GetString()!;

    private async Task<JsonElement> RespondAsync(string path, string body)
    {
        using var response = await SendAsync(path, body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return JsonElement.Parse(await response.Content.ReadAsStringAsync());
    }

    private async Task<List<JsonElement>> EventsAsync(string body)
    {
        using var response = await SendAsync("openai/v1/responses", body[..^1] + ",\"stream\":true}");
        return [.. (await response.Content.ReadAsStringAsync())
            .Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Select(sse => JsonElement.Parse(sse[(sse.IndexOf("\ndata: ", StringComparison.Ordinal) + 7)..]))];
    }

    private async Task<HttpResponseMessage> SendAsync(string path, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Simulator.BaseUrl, "/" + path));
        request.Headers.Add("authorization", "Bearer a-key");
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        return await Client.SendAsync(request);
    }
}

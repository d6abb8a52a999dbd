using System.Net;
using System.Text;
using System.Text.Json;

namespace Holdfast.System.Tests.Simulator;

public sealed class GeminiDialectTests : SimulatorFixture
{
    private const string Hello = """{"contents":[{"role":"user","parts":[{"text":"Tell me."}]}]}""";

    private const string Tools = """
        ,"tools":[{"functionDeclarations":[{"name":"find_book","parametersJsonSchema":{"type":"object",
        "properties":{"title":{"type":"string"}},"required":["title"]}}]}],
        "toolConfig":{"functionCallingConfig":{"mode":"ANY"}}}
        """;

    [Fact]
    public async Task Answers_with_a_candidate()
    {
        var answer = await AskGoogleAsync("gemini-2.5-flash:generateContent", Hello);

        var candidate = answer.GetProperty("candidates")[0];
        Assert.Equal("STOP", candidate.GetProperty("finishReason").GetString());
        Assert.NotEmpty(TextOf(answer)!);
        Assert.Equal("gemini-2.5-flash", answer.GetProperty("modelVersion").GetString());
        Assert.True(answer.GetProperty("usageMetadata").GetProperty("candidatesTokenCount").GetInt32() > 0);
    }

    [Fact]
    public async Task Streams_whole_responses_with_the_text_of_the_plain_answer_and_no_marker()
    {
        var plain = await AskGoogleAsync("gemini-2.5-flash:generateContent", Hello);

        using var response = await PostGoogleAsync("gemini-2.5-flash:streamGenerateContent?alt=sse", Hello);
        var events = await EventsAsync(response);

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(TextOf(plain), string.Concat(events.Select(TextOf)));
        Assert.Equal("STOP", events[^1].GetProperty("candidates")[0].GetProperty("finishReason").GetString());
    }

    [Fact]
    public async Task Calls_a_function_whole_in_a_stream_too()
    {
        var request = Hello[..^1] + Tools;

        var plain = await AskGoogleAsync("gemini-3-flash-preview:generateContent", request);
        using var response = await PostGoogleAsync("gemini-3-flash-preview:streamGenerateContent?alt=sse", request);
        var events = await EventsAsync(response);

        var part = plain.GetProperty("candidates")[0].GetProperty("content").GetProperty("parts")[0];
        Assert.Equal("find_book", part.GetProperty("functionCall").GetProperty("name").GetString());
        Assert.True(part.TryGetProperty("thoughtSignature", out _));
        Assert.Equal(2, events.Count);
        Assert.Equal(
            part.GetRawText(),
            events[0].GetProperty("candidates")[0].GetProperty("content").GetProperty("parts")[0].GetRawText());
    }

    [Theory]
    [InlineData("{}", "contents is not specified")]
    [InlineData("""{"contents":[{"role":"assistant","parts":[{"text":"a"}]}]}""", "valid role")]
    [InlineData("""{"contents":[{"role":"user","parts":[]}]}""", "must not be empty")]
    [InlineData("""{"contents":[{"role":"user","parts":[{"text":"a"}]}],"stream":true}""", "Cannot find field")]
    [InlineData("""{"contents":[{"role":"model","parts":[{"functionCall":{"name":"f"}}]}]}""", "thought_signature")]
    public async Task Refuses_what_Google_refuses(string body, string message)
    {
        using var response = await PostGoogleAsync("gemini-3-flash-preview:generateContent", body);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var error = JsonElement.Parse(await response.Content.ReadAsStringAsync()).GetProperty("error");
        Assert.Equal("INVALID_ARGUMENT", error.GetProperty("status").GetString());
        Assert.Contains(message, error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Takes_the_key_in_Googles_header_and_lists_its_models()
    {
        using var bad = await PostGoogleAsync("gemini-2.5-flash:generateContent", Hello, "bad-key");
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Simulator.BaseUrl, "/gemini/v1beta/models"));
        request.Headers.Add("x-goog-api-key", "a-key");
        using var models = await Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.BadRequest, bad.StatusCode);
        Assert.Contains("API_KEY_INVALID", await bad.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains(
            "\"name\":\"models/gemini-2.5-pro\"", await models.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private async Task<HttpResponseMessage> PostGoogleAsync(string call, string body, string key = "a-key")
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post, new Uri(Simulator.BaseUrl, "/gemini/v1beta/models/" + call));
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        request.Headers.Add("x-goog-api-key", key);
        return await Client.SendAsync(request);
    }

    private async Task<JsonElement> AskGoogleAsync(string call, string body)
    {
        using var response = await PostGoogleAsync(call, body);
        return JsonElement.Parse(await response.Content.ReadAsStringAsync());
    }

    private static async Task<List<JsonElement>> EventsAsync(HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        return [.. text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Select(one => JsonElement.Parse(one["data: ".Length..]))];
    }

    private static string? TextOf(JsonElement answer) => answer.GetProperty("candidates")[0].GetProperty("content")
        .GetProperty("parts")[0].GetProperty("text").GetString();
}

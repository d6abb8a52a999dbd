using System.Text;
using System.Text.Json;

namespace Holdfast.System.Tests.Gateway;

/// <summary>Callers of OpenAI's format, and a provider's own format behind the gateway.</summary>
public abstract class NativeDialectTests(string yaml, string model) : IAsyncLifetime
{
    private protected const string Settings = """
        server: { urls: "http://127.0.0.1:0" }
        logging: { level: none }
        defaults: { retry: { maxRetries: 0, baseDelay: 1ms } }

        """;

    private protected GatewayFixture Gateway { get; private set; } = null!;

    public async Task InitializeAsync() => Gateway = await GatewayFixture.StartAsync(Settings + yaml);

    public async Task DisposeAsync() => await Gateway.DisposeAsync();

    [Fact]
    public async Task A_stream_says_what_the_plain_answer_says_and_ends_as_OpenAIs_do()
    {
        var body = "{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";

        var plain = await AskAsync(body + "}");
        using var response = await Gateway.PostAsync(
            body + ",\"stream\":true,\"stream_options\":{\"include_usage\":true}}");
        var text = await response.Content.ReadAsStringAsync();

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        var chunks = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Where(one => one != "data: [DONE]")
            .Select(one => JsonElement.Parse(one["data: ".Length..])).ToList();
        Assert.Equal(
            plain.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString(),
            string.Concat(chunks[..^1].Select(chunk => chunk.GetProperty("choices")[0].GetProperty("delta"))
                .Select(delta => delta.TryGetProperty("content", out var content) ? content.GetString() : "")));
        Assert.Equal("stop", chunks[^2].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(plain.GetProperty("usage").GetRawText(), chunks[^1].GetProperty("usage").GetRawText());
    }

    [Fact]
    public async Task A_caller_of_Anthropics_face_gets_its_events()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/messages");
        request.Headers.Add("anthropic-version", "2023-06-01");
        request.Content = new StringContent(
            "{\"model\":\"" + model + "\",\"max_tokens\":500,\"stream\":true,\"messages\":[{\"role\":\"user\","
            + "\"content\":\"Hi\"}]}", Encoding.UTF8, "application/json");

        using var response = await Gateway.Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();

        Assert.StartsWith("event: message_start\n", text, StringComparison.Ordinal);
        Assert.Contains("\"type\":\"text_delta\"", text, StringComparison.Ordinal);
        Assert.Contains("event: message_stop\n", text, StringComparison.Ordinal);
    }

    /// <summary>A plain answer comes, and the provider was asked at this path.</summary>
    private protected async Task AnswersAsync(string asked, string provider, string path)
    {
        var answer = await AskAsync(
            "{\"model\":\"" + asked + "\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}");

        var choice = answer.GetProperty("choices")[0];
        Assert.NotEmpty(choice.GetProperty("message").GetProperty("content").GetString()!);
        Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
        Assert.True(answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32() > 0);
        Assert.Contains(path, Gateway.Simulator.LastRequest(provider), StringComparison.Ordinal);
    }

    /// <summary>A call of <c>find_book</c> comes, and with its result behind it an answer.</summary>
    /// <param name="start">A request, up to its last message.</param>
    private protected async Task MakesTheRoundAsync(string start)
    {
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

    private protected async Task<JsonElement> AskAsync(string body)
    {
        using var response = await Gateway.PostAsync(body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonElement.Parse(text);
    }
}

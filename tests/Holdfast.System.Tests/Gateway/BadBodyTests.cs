using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Holdfast.System.Tests.Gateway;

/// <summary>Bodies that no caller should send; each gets a complete error, and the gateway goes on.</summary>
public sealed class BadBodyTests : IAsyncLifetime
{
    private const string Messages = """ "messages":[{"role":"user","content":"Tell me."}]""";

    private GatewayFixture _gateway = null!;

    public static TheoryData<string, string, string?> Wrong => new()
    {
        { "", "invalid_json", null },
        { "not json", "invalid_json", null },
        { "{\"model\":\"smart\"," + Messages, "invalid_json", null },
        { "{\"model\":\"smart\"," + Messages + "} trailing", "invalid_json", null },
        { "{'model':'smart'}", "invalid_json", null },
        { "[]", "invalid_value", null },
        { "null", "invalid_value", null },
        { "42", "invalid_value", null },
        { "\"smart\"", "invalid_value", null },
        { "{}", "missing_field", "model" },
        { "{" + Messages + "}", "missing_field", "model" },
        { "{\"model\":\"smart\",\"model\":\"smart\"," + Messages + "}", "invalid_value", "model" },
        { "{\"model\":\"smart\",\"\\u006dodel\":\"alone\"," + Messages + "}", "invalid_value", "model" },
        { "{\"model\":\"\"," + Messages + "}", "invalid_value", "model" },
        { "{\"model\":7," + Messages + "}", "invalid_value", "model" },
        { "{\"model\":null," + Messages + "}", "invalid_value", "model" },
        { "{\"model\":[\"smart\"]," + Messages + "}", "invalid_value", "model" },
        { "{\"model\":\"sm\\r\\nx-evil: 1\"," + Messages + "}", "invalid_value", "model" },
        { "{\"model\":\"\\ud800\"," + Messages + "}", "invalid_value", "model" },
        { "{\"model\":\"" + new string('m', 300) + "\"," + Messages + "}", "invalid_value", "model" },
        { "{\"model\":\"smart\"}", "missing_field", "messages" },
        { "{\"model\":\"smart\",\"messages\":[]}", "invalid_value", "messages" },
        { "{\"model\":\"smart\",\"messages\":{}}", "invalid_value", "messages" },
        { "{\"model\":\"smart\",\"messages\":null}", "invalid_value", "messages" },
        { "{\"model\":\"smart\",\"messages\":\"hello\"}", "invalid_value", "messages" },
        { "{\"model\":\"smart\",\"messages\":[{},7]}", "invalid_value", "messages[1]" },
        { "{\"model\":\"smart\"," + Messages + "," + Messages + "}", "invalid_value", "messages" },
        { "{\"model\":\"smart\",\"stream\":\"yes\"," + Messages + "}", "invalid_value", "stream" },
        { "{\"model\":\"smart\",\"stream_options\":1," + Messages + "}", "invalid_value", "stream_options" },
    };

    public async Task InitializeAsync() => _gateway = await GatewayFixture.StartAsync(GatewayFixture.Once);

    public async Task DisposeAsync() => await _gateway.DisposeAsync();

    [Theory, MemberData(nameof(Wrong))]
    public async Task Says_what_is_wrong_with_a_body_and_where(string body, string code, string? param)
    {
        using var response = await _gateway.PostAsync(body);

        (await ErrorAnswer.ReadAsync(response)).Is(400, "invalid_request_error", code, param);
        Assert.NotEmpty(response.Headers.GetValues("x-request-id"));
        await _gateway.AssertStillAnswersAsync();
    }

    [Theory, MemberData(nameof(Wrong))]
    public async Task Says_so_in_anthropics_shape_where_that_was_asked(string body, string code, string? param)
    {
        using var request = GatewayFixture.Request(body);
        request.RequestUri = new Uri("/v1/messages", UriKind.Relative);

        using var response = await _gateway.Client.SendAsync(request);

        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var error = answer.RootElement.GetProperty("error");
        Assert.Equal((400, "error", "invalid_request_error"), ((int)response.StatusCode,
            answer.RootElement.GetProperty("type").GetString(), error.GetProperty("type").GetString()));
        var message = error.GetProperty("message").GetString()!;
        Assert.StartsWith(code == "invalid_json" ? "body: " : param is null ? "body: " : $"{param}: ", message);
        Assert.Equal(Assert.Single(response.Headers.GetValues("request-id")),
            answer.RootElement.GetProperty("request_id").GetString());
    }

    [Theory]
    [InlineData("nobody-knows-this")]
    [InlineData("nobody/gpt-4o")]
    [InlineData("openai/")]
    [InlineData("/gpt-4o")]
    [InlineData("SMART")]
    [InlineData("smart ")]
    public async Task Does_not_know_a_model_that_is_not_configured(string model)
    {
        using var response = await _gateway.CallAsync(model);

        (await ErrorAnswer.ReadAsync(response)).Is(404, "invalid_request_error", "model_not_found", "model");
    }

    [Fact]
    public async Task Refuses_bytes_that_are_not_utf8()
    {
        byte[] body =
        [
            .. "{\"model\":\"smart\",\"messages\":[{\"role\":\"user\",\"content\":\""u8, 0xC3, 0x28, .. "\"}]}"u8,
        ];
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions");
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");

        using var response = await _gateway.Client.SendAsync(request);

        (await ErrorAnswer.ReadAsync(response)).Is(400, "invalid_request_error", "invalid_json");
        await _gateway.AssertStillAnswersAsync();
    }

    [Theory]
    [InlineData("{\"model\":\"smart\",\"messages\":[{\"role\":\"user\",\"content\":", "}]}")]
    [InlineData("", "")]
    public async Task Refuses_a_hundred_thousand_nested_arrays(string before, string after)
    {
        var nested = before + new string('[', 100_000) + new string(']', 100_000) + after;

        using var response = await _gateway.PostAsync(nested);

        var error = await ErrorAnswer.ReadAsync(response);
        Assert.Equal((400, "invalid_request_error"), (error.Status, error.Type));
        await _gateway.AssertStillAnswersAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Tells_the_sender_of_25_megabytes_that_it_is_too_much(bool chunked)
    {
        for (var i = 0; i < 3; i++)
        {
            using var request = GatewayFixture.Request("");
            request.Content = new ByteArrayContent(new byte[25_000_000]);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            request.Headers.TransferEncodingChunked = chunked;

            using var response = await _gateway.Client.SendAsync(request);

            (await ErrorAnswer.ReadAsync(response)).Is(413, "invalid_request_error", "request_too_large");
        }

        await _gateway.AssertStillAnswersAsync();
    }

    [Fact]
    public async Task Answers_413_before_a_patient_sender_has_sent_a_byte_of_the_body()
    {
        using var client = await RawClient.ConnectAsync(_gateway.Url);
        await client.SendAsync($"POST /v1/chat/completions HTTP/1.1\r\nHost: {_gateway.Url.Authority}\r\n"
            + "Content-Type: application/json\r\nContent-Length: 25000000\r\n\r\n");

        var answer = await client.ReadAsync();

        ErrorAnswer.Parse(answer.Status, answer.Body).Is(413, "invalid_request_error", "request_too_large");
        await _gateway.AssertStillAnswersAsync();
    }

    [Fact, Trait("Category", "Slow")]
    public async Task Ends_a_body_that_comes_byte_by_byte()
    {
        using var client = await RawClient.ConnectAsync(_gateway.Url);
        await client.SendAsync($"POST /v1/chat/completions HTTP/1.1\r\nHost: {_gateway.Url.Authority}\r\n"
            + "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n");
        var reading = client.ReadAsync();

        using var limit = Waiting.Limit(30);
        while (!reading.IsCompleted)
        {
            try
            {
                await client.SendAsync("{");
            }
            catch (SocketException)
            {
                // It has been answered, and the connection closed behind that.
                break;
            }

            await Task.WhenAny(reading, Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, limit.Token));
        }

        var answer = await reading;
        ErrorAnswer.Parse(answer.Status, answer.Body).Is(408, "invalid_request_error", "request_timeout");
        await _gateway.AssertStillAnswersAsync();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("json")]
    public async Task Takes_json_only(string? type)
    {
        using var request = GatewayFixture.Request(GatewayFixture.Chat("smart"));
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(GatewayFixture.Chat("smart")));
        if (type is not null)
        {
            Assert.True(request.Content.Headers.TryAddWithoutValidation("content-type", type));
        }

        using var response = await _gateway.Client.SendAsync(request);

        (await ErrorAnswer.ReadAsync(response)).Is(415, "invalid_request_error", "unsupported_media_type");
    }

    [Theory]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("APPLICATION/JSON")]
    [InlineData("application/vnd.any+json")]
    public async Task Takes_every_kind_of_json(string type)
    {
        using var request = GatewayFixture.Request(GatewayFixture.Chat("smart"));
        request.Content!.Headers.ContentType = MediaTypeHeaderValue.Parse(type);

        using var response = await _gateway.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Takes_no_compressed_body()
    {
        using var request = GatewayFixture.Request(GatewayFixture.Chat("smart"));
        request.Content!.Headers.ContentEncoding.Add("gzip");

        using var response = await _gateway.Client.SendAsync(request);

        (await ErrorAnswer.ReadAsync(response)).Is(415, "invalid_request_error", "unsupported_encoding");
    }
}

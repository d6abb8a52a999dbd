using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.OpenAiApi;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Gateway.Tests.OpenAiApi;

public sealed class OpenAiErrorBodyTests
{
    [Fact]
    public async Task All_four_keys_are_there_though_two_are_null()
    {
        var (_, body) = await WriteAsync(new CallError(502, "upstream_error", null, "oops"));

        Assert.Equal("""{"error":{"message":"oops","type":"upstream_error","param":null,"code":null}}""", body);
    }

    [Fact]
    public async Task Any_text_makes_valid_JSON()
    {
        const string Message = "\"quotes\" \\ \r\n\t\u0000 grüße 😀 </script> \ud800";

        var (_, body) = await WriteAsync(new CallError(400, "t", "c", Message) { Param = "a\"b" });

        var error = JsonDocument.Parse(body).RootElement.GetProperty("error");
        Assert.Equal(Message.Replace('\ud800', '\ufffd'), error.GetProperty("message").GetString());
        Assert.Equal("a\"b", error.GetProperty("param").GetString());
    }

    [Theory]
    [InlineData(0.0, "1")]
    [InlineData(0.2, "1")]
    [InlineData(1.0, "1")]
    [InlineData(1.01, "2")]
    [InlineData(59.5, "60")]
    [InlineData(3600, "60")]
    [InlineData(-5, "1")]
    public async Task Retry_after_is_whole_seconds_from_1_to_60(double seconds, string expected)
    {
        var error = new CallError(429, "t", "c", "m") { RetryAfter = TimeSpan.FromSeconds(seconds) };

        Assert.Equal(expected, (await WriteAsync(error)).Http.Response.Headers.RetryAfter);
    }

    [Theory]
    [InlineData(502, "false")]
    [InlineData(503, "false")]
    [InlineData(504, "false")]
    [InlineData(500, null)]
    [InlineData(429, null)]
    [InlineData(400, null)]
    public async Task Our_own_gateway_errors_say_not_to_retry(int status, string? expected)
    {
        var (http, _) = await WriteAsync(new CallError(status, "t", "c", "m"));

        Assert.Equal(expected, http.Response.Headers["x-should-retry"].SingleOrDefault());
        Assert.False(http.Response.Headers.ContainsKey("retry-after"));
    }

    [Fact]
    public async Task A_401_says_how_to_authenticate()
    {
        var (http, _) = await WriteAsync(new CallError(401, "t", "c", "m"));

        Assert.Equal("Bearer", http.Response.Headers.WWWAuthenticate);
    }

    [Fact]
    public async Task Status_type_and_length_are_set()
    {
        var (http, body) = await WriteAsync(new CallError(404, "t", "c", "m"));

        Assert.Equal((404, "application/json", body.Length),
            (http.Response.StatusCode, http.Response.ContentType, (int)http.Response.ContentLength!));
    }

    [Fact]
    public async Task A_HEAD_gets_the_headers_only()
    {
        var (http, body) = await WriteAsync(new CallError(404, "t", "c", "m"), "HEAD");

        Assert.Empty(body);
        Assert.True(http.Response.ContentLength > 0);
    }

    private static async Task<(HttpContext Http, string Body)> WriteAsync(CallError error, string method = "POST")
    {
        var http = new DefaultHttpContext { Request = { Method = method }, Response = { Body = new MemoryStream() } };
        await OpenAiErrorBody.WriteAsync(http, error);
        http.Response.Body.Position = 0;
        return (http, await new StreamReader(http.Response.Body).ReadToEndAsync());
    }
}

using System.Text;

namespace Holdfast.System.Tests.Gateway;

/// <summary>A provider that repeats our key in its errors finds no way to the caller with it.</summary>
public sealed class SecrecyTests
{
    private const string Key = "scripted-secret-key";

    private static readonly string[] EveryField =
    [
        $$$"""{"error":{"message":"bad key {{{Key}}}","type":"{{{Key}}}","param":"{{{Key}}}","code":"{{{Key}}}"}}""",
        $$$"""{"error":"key {{{Key}}} is bad"}""",
        $$$"""{"detail":"key {{{Key}}} is bad"}""",
        $$$"""{"message":"key {{{Key}}} is bad","type":"{{{Key}}}"}""",
        $$$"""<html>key {{{Key}}}</html>""",
        """{"error":{"message":"key scripted-secret\u002dkey is bad"}}""",
    ];

    public static TheoryData<int, string> Errors
    {
        get
        {
            var data = new TheoryData<int, string>();
            foreach (var status in new[] { 200, 400, 401, 402, 404, 429, 500 })
            {
                foreach (var body in EveryField)
                {
                    data.Add(status, body);
                }
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(Errors))]
    public async Task A_key_that_a_provider_repeats_is_redacted(int status, string body)
    {
        await using var server = new ScriptedServer(_ => ScriptedAnswer.Json(status, body, $"x-request-id: req-{Key}"));
        await using var gateway = await GatewayFixture.StartAsync(GatewayFixture.Once, server);

        foreach (var stream in new[] { false, true })
        {
            using var response = await gateway.CallAsync("scripted", stream);

            Assert.InRange((int)response.StatusCode, 400, 599);
            Assert.DoesNotContain(Key, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            Assert.DoesNotContain(Key, response.Headers.ToString(), StringComparison.Ordinal);
        }

        Assert.Contains(server.Requests, request => request.Head.Contains(Key, StringComparison.Ordinal));
        Assert.DoesNotContain(Key, await gateway.MetricsAsync(), StringComparison.Ordinal);
        using var health = await gateway.GetAsync("/health/ready", GatewayFixture.AdminKey);
        Assert.DoesNotContain(Key, await health.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(500)]
    public async Task A_key_that_was_replaced_while_the_call_was_under_way_is_redacted(int status)
    {
        var body = $$$"""{"error":{"message":"bad key {{{Key}}}","type":"{{{Key}}}","code":"{{{Key}}}"}}""";
        var rotated = new TaskCompletionSource();
        await using var server = new ScriptedServer(_ => new ScriptedAnswer([], Close: false)
        {
            Gate = rotated.Task,
            Later = ScriptedAnswer.Json(status, body, $"x-request-id: req-{Key}").Bytes,
        });
        await using var gateway = await GatewayFixture.StartAsync(GatewayFixture.Once, server);
        var call = gateway.CallAsync("scripted");
        await Waiting.UntilAsync(() => !server.Requests.IsEmpty, "the call at the provider");

        gateway.Reconfigure(options => options with
        {
            Providers = [.. options.Providers.Select(provider =>
                provider.Name == "scripted" ? provider with { ApiKeys = ["another-key"] } : provider)],
        });
        rotated.SetResult();

        using var response = await call;
        Assert.DoesNotContain(Key, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(Key, response.Headers.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_in_an_error_inside_a_stream_is_redacted()
    {
        var firstToken = new TaskCompletionSource();
        await using var server = new ScriptedServer(_ => new ScriptedAnswer(Encoding.UTF8.GetBytes(
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
            + "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\n\n"), Close: true)
        {
            Gate = firstToken.Task,
            Later = Encoding.UTF8.GetBytes($"data: {{\"error\":{{\"message\":\"key {Key}\",\"code\":\"{Key}\"}}}}\n\n"),
        });
        await using var gateway = await GatewayFixture.StartAsync(GatewayFixture.Once, server);
        using var client = await RawClient.ConnectAsync(gateway.Url);
        var body = GatewayFixture.Chat("scripted", stream: true);
        await client.SendAsync("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
            + $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");

        await client.ReadHeadAsync();
        firstToken.SetResult();
        var text = await client.ReadToEndAsync();

        Assert.Contains("stream_cut", text, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, text, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
        Assert.False(text.EndsWith("0\r\n\r\n", StringComparison.Ordinal), "the cut stream ended as if it were whole");
    }
}

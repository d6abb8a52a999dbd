using System.Text;
using Holdfast.Simulator;
using Holdfast.System.Tests.Gateway;

namespace Holdfast.System.Tests.Cli;

/// <summary>The real executable ends in order when it is asked to.</summary>
[Trait("Category", "Slow")]
public sealed class ShutdownTests : CliFixture
{
    [Theory]
    [InlineData(CliProcess.Terminate)]
    [InlineData(CliProcess.Interrupt)]
    [InlineData(CliProcess.User2)]
    public async Task On_SIGTERM_SIGINT_and_SIGUSR2_a_stream_under_way_completes_and_nobody_else_gets_in(int signal)
    {
        // The rest comes once the listener has closed, however long that takes.
        var isClosed = new TaskCompletionSource();
        await using var provider = new ScriptedServer(_ => new ScriptedAnswer(Encoding.UTF8.GetBytes(
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
            + "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\n\n"), Close: true)
        {
            Gate = isClosed.Task,
            Later = Encoding.UTF8.GetBytes(
                "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"),
        });
        Configure(Scripted(provider, ", shutdown: { timeout: 5m, forceKillTimeout: 2s }"));
        await using var gateway = CliProcess.Start(Root, "serve");
        var url = await gateway.ListeningAsync();
        using var response = await CallAsync(url, stream: true);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        var first = await reader.ReadLineAsync();

        gateway.Signal(signal);
        await Waiting.UntilAsync(() => IsRefusedAsync(url), "the listener to close");
        Assert.False(gateway.HasExited);
        isClosed.SetResult();
        var rest = await reader.ReadToEndAsync();

        Assert.StartsWith("data: ", first, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", rest, StringComparison.Ordinal);
        Assert.DoesNotContain("\"error\"", rest, StringComparison.Ordinal);
        Assert.Equal(0, await gateway.ExitAsync(10));
        Assert.Equal([$"listening on {url.ToString().TrimEnd('/')}"], gateway.Output);
    }

    [Fact]
    public async Task A_stream_beyond_the_limit_is_cut_and_the_process_ends()
    {
        Simulator.Set("openai", Behaviour.Parse("{\"tokensPerSecond\": 2, \"outputTokens\": 200}"));
        Configure(Configuration("openai/gpt-4o", ", shutdown: { timeout: 700ms, forceKillTimeout: 30s }"));
        await using var gateway = CliProcess.Start(Root, "serve");
        var url = await gateway.ListeningAsync();
        using var client = await RawClient.ConnectAsync(url);
        var body = GatewayFixture.Chat("smart", stream: true);
        await client.SendAsync("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
            + $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        await client.ReadHeadAsync();

        var started = TimeProvider.System.GetTimestamp();
        gateway.Signal(CliProcess.Terminate);
        var text = await client.ReadToEndAsync();
        var code = await gateway.ExitAsync();
        var took = TimeProvider.System.GetElapsedTime(started);

        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
        Assert.False(text.EndsWith("0\r\n\r\n", StringComparison.Ordinal), "the cut stream ended as if it were whole");
        // Neither before its limit nor by force; the whole stream would take 100 s.
        Assert.InRange(took.TotalSeconds, 0.6, 30);
        Assert.Equal(0, code);
        Assert.Contains("\"code\":\"shutting_down\"", text, StringComparison.Ordinal);
        Assert.Single(gateway.Errors, line => line.Contains("are cut: 1", StringComparison.Ordinal));
        var named = Assert.Single(gateway.Errors, line => line.Contains("cut: call ", StringComparison.Ordinal));
        Assert.Contains("\"route\":\"smart\",\"provider\":\"openai\"", named, StringComparison.Ordinal);
        Assert.DoesNotContain("Tell me.", string.Join('\n', gateway.Errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_that_still_sends_its_body_at_the_limit_is_told_and_named()
    {
        Configure(Configuration("openai/gpt-4o", ", shutdown: { timeout: 700ms, forceKillTimeout: 30s }"));
        await using var gateway = CliProcess.Start(Root, "serve");
        var url = await gateway.ListeningAsync();
        using var client = await RawClient.ConnectAsync(url);
        // Asked to go on, it is known that the gateway reads.
        await client.SendAsync("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
            + "Content-Type: application/json\r\nContent-Length: 500\r\n\r\n");
        Assert.Equal(100, (await client.ReadHeadAsync()).Status);
        await client.SendAsync("{\"model\"");

        gateway.Signal(CliProcess.Terminate);
        var answer = await client.ReadAsync();
        var code = await gateway.ExitAsync(10);

        Assert.Equal((503, 0), (answer.Status, code));
        Assert.Contains("\"code\":\"shutting_down\"", answer.Body, StringComparison.Ordinal);
        Assert.Single(gateway.Errors, line => line.Contains("are cut: 1", StringComparison.Ordinal));
        Assert.Single(gateway.Errors, line => line.Contains("cut: call ", StringComparison.Ordinal));
        Assert.DoesNotContain(gateway.Errors, line => line.Contains("\"status\":500", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_kept_alive_connection_is_served_and_closed_during_the_delay()
    {
        Configure(Configuration("openai/gpt-4o", ", shutdown: { delay: 1m }"));
        await using var gateway = CliProcess.Start(Root, "serve");
        var url = await gateway.ListeningAsync();
        using var client = await RawClient.ConnectAsync(url);
        var body = GatewayFixture.Chat("smart");
        var call = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
            + $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}";

        gateway.Signal(CliProcess.Terminate);
        await Waiting.UntilAsync(async () => !await IsReadyAsync(url), "the node to be not ready");
        await client.SendAsync(call);
        var answer = await client.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.Contains("connection: close\r\n", answer, StringComparison.OrdinalIgnoreCase);
        Assert.False(gateway.HasExited);
        gateway.Signal(CliProcess.Terminate);
        Assert.Equal(130, await gateway.ExitAsync(10));
    }

    [Fact]
    public async Task An_end_that_takes_longer_than_allowed_is_forced_and_says_so()
    {
        Simulator.Set("openai", Behaviour.Parse("{\"tokensPerSecond\": 2, \"outputTokens\": 200}"));
        Configure(Configuration("openai/gpt-4o", ", shutdown: { timeout: 0s, forceKillTimeout: 0s }"));
        await using var gateway = CliProcess.Start(Root, "serve");
        var url = await gateway.ListeningAsync();
        using var response = await CallAsync(url, stream: true);

        gateway.Signal(CliProcess.Terminate);

        Assert.Equal(1, await gateway.ExitAsync(10));
        Assert.Contains(gateway.Errors, line => line.Contains("ended by force", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_forced_end_without_time_for_last_words_names_what_it_cuts()
    {
        Simulator.Set("openai", Behaviour.Parse("{\"tokensPerSecond\": 2, \"outputTokens\": 200}"));
        Configure(Configuration("openai/gpt-4o", ", shutdown: { timeout: 300ms, forceKillTimeout: 0s }"));
        await using var gateway = CliProcess.Start(Root, "serve");
        var url = await gateway.ListeningAsync();
        using var response = await CallAsync(url, stream: true);

        gateway.Signal(CliProcess.Terminate);

        await gateway.ExitAsync(10);
        Assert.Single(gateway.Errors, line => line.Contains("are cut: 1", StringComparison.Ordinal));
        Assert.Single(gateway.Errors, line => line.Contains("cut: call ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_log_that_nobody_reads_holds_up_no_forced_end()
    {
        Simulator.Set("openai", Behaviour.Parse("{\"tokensPerSecond\": 2, \"outputTokens\": 200}"));
        Configure(Configuration("openai/gpt-4o", ", shutdown: { timeout: 300ms, forceKillTimeout: 0s }"));
        await using var gateway = CliProcess.StartUnread(Root, "serve");
        var url = await gateway.ListeningAsync();
        using var response = await CallAsync(url, stream: true);

        gateway.Signal(CliProcess.Terminate);

        Assert.Equal(1, await gateway.ExitAsync(20));
    }

    [Fact]
    public async Task An_idle_gateway_ends_at_once()
    {
        Configure(Configuration("openai/gpt-4o"));
        await using var gateway = CliProcess.Start(Root, "serve");
        var url = await gateway.ListeningAsync();
        using (var response = await CallAsync(url))
        {
            Assert.True(response.IsSuccessStatusCode);
        }

        gateway.Signal(CliProcess.Terminate);

        Assert.Equal(0, await gateway.ExitAsync(5));
    }

    [Fact]
    public async Task A_second_signal_ends_at_once()
    {
        Simulator.Set("openai", Behaviour.Parse("{\"tokensPerSecond\": 2, \"outputTokens\": 200}"));
        Configure(Configuration("openai/gpt-4o"));
        await using var gateway = CliProcess.Start(Root, "serve");
        var url = await gateway.ListeningAsync();
        using var response = await CallAsync(url, stream: true);

        gateway.Signal(CliProcess.Interrupt);
        await Waiting.UntilAsync(() => IsRefusedAsync(url), "the listener to close");
        gateway.Signal(CliProcess.Interrupt);

        Assert.Equal(130, await gateway.ExitAsync(5));
    }

    /// <summary>A configuration whose one route goes to a provider that the test has written.</summary>
    private string Scripted(ScriptedServer provider, string server = "") => Configuration("scripted/any-model", server)
        .Replace("models:", "  scripted: { type: openai-compatible, baseUrl: \"" + provider.Url
            + "\", apiKey: scripted-secret-key }\nmodels:", StringComparison.Ordinal);

    private async Task<bool> IsReadyAsync(Uri gateway)
    {
        using var response = await Client.GetAsync(new Uri(gateway, "/health/ready"));
        return response.IsSuccessStatusCode;
    }

    [Fact]
    public async Task Large_bodies_leave_the_process_small()
    {
        const long MostBytes = 450_000_000;
        Configure(Configuration("openai/gpt-4o"));
        await using var gateway = CliProcess.Start(Root, "serve");
        var url = await gateway.ListeningAsync();

        for (var i = 0; i < 12; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(url, "/v1/chat/completions"));
            request.Content = new ByteArrayContent(new byte[25_000_000]);
            request.Content.Headers.ContentType = new("application/json");
            request.Headers.TransferEncodingChunked = i % 2 == 0;
            using var response = await Client.SendAsync(request);
            (await ErrorAnswer.ReadAsync(response)).Is(413, "invalid_request_error", "request_too_large");
        }

        Assert.Equal("openai", await ProviderAsync(url));
        Assert.InRange(gateway.WorkingSet, 1, MostBytes);
    }

    [Fact]
    public async Task Keys_are_in_no_line_of_the_log()
    {
        await using var server = new ScriptedServer(_ => ScriptedAnswer.Json(401,
            """{"error":{"message":"bad key scripted-secret-key","code":"scripted-secret-key"}}"""));
        Configure(Scripted(server) + "\nlogging: { level: trace }\n");
        await using var gateway = CliProcess.Start(Root, "serve");
        var url = await gateway.ListeningAsync();

        using var response = await CallAsync(url);
        await Waiting.UntilAsync(
            () => gateway.Errors.Any(line => line.Contains("auth", StringComparison.Ordinal)), "the log");

        var log = string.Join('\n', gateway.Errors.Concat(gateway.Output));
        Assert.DoesNotContain("scripted-secret-key", log, StringComparison.Ordinal);
        Assert.DoesNotContain("hf-admin-of-these-tests", log, StringComparison.Ordinal);
        Assert.DoesNotContain("Tell me.", log, StringComparison.Ordinal);
    }
}

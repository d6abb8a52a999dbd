using System.Net;
using System.Net.Sockets;
using System.Text;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Tests.Calls;
using Holdfast.Timeouts;

namespace Holdfast.Gateway.Tests.Providers;

/// <summary>Whole answers, and everything that can go wrong before there is one.</summary>
public sealed class ProviderClientTests : IDisposable
{
    private const string Html = "<html><h1>502 Bad Gateway</h1></html>";

    private readonly ClientFixture _fixture = new();

    [Fact]
    public async Task A_whole_answer_is_handed_over_as_it_came()
    {
        var result = await _fixture.PlainAsync(
            server => server.AnswerAsync(200, ClientFixture.Good, "x-request-id: up-1"));

        Assert.Equal(ClientFixture.Good, Encoding.UTF8.GetString(result.Answer!.Body.Span));
        Assert.Equal(new Usage(5, 2), result.Answer.Usage);
        Assert.Equal("up-1", result.RequestId);
    }

    [Fact]
    public async Task An_answer_in_single_bytes_is_the_same()
    {
        var result = await _fixture.PlainAsync(async server =>
        {
            await server.BeginChunkedAsync();
            foreach (var character in ClientFixture.Good)
            {
                await server.ChunkAsync(character.ToString());
            }

            await server.SendAsync("0\r\n\r\n");
        });

        Assert.Equal(ClientFixture.Good, Encoding.UTF8.GetString(result.Answer!.Body.Span));
    }

    [Theory]
    [InlineData(400, "caller_error")]
    [InlineData(401, "auth")]
    [InlineData(402, "quota")]
    [InlineData(403, "auth")]
    [InlineData(404, "not_found")]
    [InlineData(408, "server_error")]
    [InlineData(409, "conflict")]
    [InlineData(413, "caller_error")]
    [InlineData(422, "caller_error")]
    [InlineData(424, "server_error")]
    [InlineData(425, "conflict")]
    [InlineData(429, "rate_limited")]
    [InlineData(500, "server_error")]
    [InlineData(503, "server_error")]
    [InlineData(522, "server_error")]
    [InlineData(529, "server_error")]
    public async Task An_error_status_becomes_its_outcome_for_plain_calls_and_streams(int status, string outcome)
    {
        const string Body = """{"error":{"message":"told so","code":"c","param":"p","type":"t"}}""";

        var plain = (await _fixture.PlainAsync(server => server.AnswerAsync(status, Body))).Fault!;
        var streamed = (await _fixture.StreamAsync(server => server.AnswerAsync(status, Body))).Fault!;

        Assert.Equal(plain, streamed);
        Assert.Equal((outcome, status, "told so"), (plain.Outcome.Word(), plain.Status!.Value, plain.Message));
    }

    [Theory]
    [InlineData("text/html", Html)]
    [InlineData("application/json", "")]
    [InlineData("application/json", "{\"choices\":[]}")]
    [InlineData("application/json", "{\"error\":{\"message\":\"busy\"}}")]
    [InlineData("application/octet-stream", "\0\u0001")]
    public async Task A_200_without_an_answer_is_a_bad_one_for_plain_calls_and_streams(string type, string body)
    {
        var header = $"content-type: {type}";

        var plain = await _fixture.PlainAsync(server => server.AnswerAsync(200, body, header));
        var streamed = await _fixture.StreamAsync(server => server.AnswerAsync(200, body, header));

        Assert.Equal(Outcome.BadAnswer, plain.Fault!.Outcome);
        Assert.Equal(Outcome.BadAnswer, streamed.Fault!.Outcome);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_is_not_followed(int status)
    {
        using var elsewhere = new ScriptedServer();
        var location = $"location: {elsewhere.Url}/chat/completions";

        var result = await _fixture.PlainAsync(server => server.AnswerAsync(status, "", location));

        Assert.Equal((Outcome.BadAnswer, status), (result.Fault!.Outcome, result.Fault.Status!.Value));
    }

    [Theory]
    [InlineData(204)]
    [InlineData(304)]
    public async Task A_status_without_a_body_is_a_bad_answer(int status)
    {
        var result = await _fixture.PlainAsync(server => server.SendAsync($"HTTP/1.1 {status} X\r\n\r\n"));

        Assert.Equal(Outcome.BadAnswer, result.Fault!.Outcome);
    }

    [Fact]
    public async Task What_the_server_says_about_retrying_is_kept()
    {
        var result = await _fixture.PlainAsync(server => server.AnswerAsync(
            429, "{}", "retry-after: 3", "retry-after-ms: 7000", "x-should-retry: false", "request-id: up-2"));

        Assert.Equal(TimeSpan.FromSeconds(7), result.Fault!.RetryAfter);
        Assert.False(result.Fault.ShouldRetry);
        Assert.Equal("up-2", result.RequestId);
    }

    [Fact]
    public async Task Of_a_delay_in_the_body_and_one_in_a_header_the_longer_counts()
    {
        const string Body = """{"error":{"details":[{"retryDelay":"9s"}]}}""";

        var longer = await _fixture.PlainAsync(server => server.AnswerAsync(429, Body, "retry-after: 3"));
        var shorter = await _fixture.PlainAsync(server => server.AnswerAsync(429, Body, "retry-after: 30"));

        Assert.Equal(TimeSpan.FromSeconds(9), longer.Fault!.RetryAfter);
        Assert.Equal(TimeSpan.FromSeconds(30), shorter.Fault!.RetryAfter);
    }

    [Fact]
    public async Task Nobody_listening_is_refused()
    {
        // Bound and never listening: nobody else gets the port.
        using var deaf = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        deaf.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _fixture.Options = options => options with { BaseUrl = new Uri($"http://{deaf.LocalEndPoint}/v1") };

        var result = await _fixture.AttemptAsync();

        Assert.Equal((Outcome.Refused, null), (result.Fault!.Outcome, result.Fault.Status));
    }

    [Fact]
    public async Task A_name_that_cannot_be_resolved_is_refused()
    {
        _fixture.Options = options => options with { BaseUrl = new Uri("http://no-such-host.invalid/v1") };

        var result = await _fixture.AttemptAsync();

        Assert.Equal(Outcome.Refused, result.Fault!.Outcome);
    }

    [Fact]
    public async Task A_failed_TLS_handshake_is_refused()
    {
        _fixture.Options = options => options with
        {
            BaseUrl = new UriBuilder(options.BaseUrl!) { Scheme = "https" }.Uri,
        };
        var attempt = _fixture.AttemptAsync();

        var server = await _fixture.Server.ConnectionAsync();
        await server.SendAsync("HTTP/1.1 400 what was that?\r\n\r\n");

        Assert.Equal(Outcome.Refused, (await attempt).Fault!.Outcome);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_ends_before_an_answer_is_refused(bool reset)
    {
        var result = await _fixture.PlainAsync(server => EndAsync(server, reset));

        Assert.Equal(Outcome.Refused, result.Fault!.Outcome);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_ends_inside_the_answers_head_is_refused(bool reset)
    {
        var result = await _fixture.PlainAsync(async server =>
        {
            await server.SendAsync("HTTP/1.1 200 OK\r\ncontent-le");
            await EndAsync(server, reset);
        });

        Assert.Equal(Outcome.Refused, result.Fault!.Outcome);
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("HTTP/1.1 abc\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nno colon here\r\n\r\n")]
    public async Task What_is_no_HTTP_is_a_bad_answer(string bytes)
    {
        var result = await _fixture.PlainAsync(server => server.SendAsync(bytes));

        Assert.Equal(Outcome.BadAnswer, result.Fault!.Outcome);
    }

    [Fact]
    public async Task Headers_without_end_are_a_bad_answer()
    {
        var result = await _fixture.PlainAsync(
            server => server.SendAsync("HTTP/1.1 200 OK\r\n" + string.Concat(
                Enumerable.Range(0, 3_000).Select(i => $"x-{i}: {new string('y', 50)}\r\n")) + "\r\n"));

        Assert.Equal(Outcome.BadAnswer, result.Fault!.Outcome);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_answer_cut_inside_its_body_is_a_bad_one(bool reset)
    {
        var result = await _fixture.PlainAsync(async server =>
        {
            await server.SendAsync("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"choices\":");
            await EndAsync(server, reset);
        });

        Assert.Equal(Outcome.BadAnswer, result.Fault!.Outcome);
    }

    [Fact]
    public async Task An_error_status_counts_even_when_its_body_is_cut()
    {
        var result = await _fixture.PlainAsync(async server =>
        {
            await server.SendAsync("HTTP/1.1 503 X\r\nretry-after: 4\r\ncontent-length: 500\r\n\r\n{\"er");
            await EndAsync(server, reset: true);
        });

        Assert.Equal((Outcome.ServerError, 503), (result.Fault!.Outcome, result.Fault.Status!.Value));
        Assert.Equal(TimeSpan.FromSeconds(4), result.Fault.RetryAfter);
    }

    [Fact]
    public async Task An_error_status_counts_even_when_its_body_never_ends()
    {
        using var fixture = new ClientFixture(new ProviderClientOptions { MaxErrorBytes = 100_000_000 });

        var result = await fixture.PlainAsync(async server =>
        {
            // More than all buffers on the way hold: once it is sent, the head has been read.
            await server.SendAsync("HTTP/1.1 429 X\r\ncontent-length: 99999999\r\n\r\n" + new string(' ', 32_000_000));
            fixture.Time.Advance(fixture.Timeouts.Attempt);
        });

        Assert.Equal((Outcome.RateLimited, TimeoutKind.Attempt), (result.Fault!.Outcome, fixture.Clock.Struck));
    }

    [Fact]
    public async Task A_huge_error_body_is_read_to_its_bound_only()
    {
        using var fixture = new ClientFixture(new ProviderClientOptions { MaxErrorBytes = 1_000 });

        var result = await fixture.PlainAsync(async server =>
        {
            await server.SendAsync("HTTP/1.1 500 X\r\ncontent-length: 999999999\r\n\r\n" + new string('x', 20_000));
            await server.ClosedAsync();
        });

        Assert.Equal(Outcome.ServerError, result.Fault!.Outcome);
    }

    [Fact]
    public async Task An_answer_over_the_bound_is_a_bad_one_and_not_read_on()
    {
        using var fixture = new ClientFixture(new ProviderClientOptions { MaxAnswerBytes = 10_000 });

        var result = await fixture.PlainAsync(async server =>
        {
            await server.SendAsync("HTTP/1.1 200 OK\r\ncontent-length: 999999999\r\n\r\n" + new string(' ', 60_000));
            await server.ClosedAsync();
        });

        Assert.Equal(Outcome.BadAnswer, result.Fault!.Outcome);
        Assert.Contains("10000 bytes", result.Fault.Message);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("identity, gzip")]
    public async Task A_compressed_answer_is_refused_for_plain_calls_and_streams(string encoding)
    {
        var header = $"content-encoding: {encoding}";

        var plain = await _fixture.PlainAsync(server => server.AnswerAsync(200, ClientFixture.Good, header));
        var streamed = await _fixture.StreamAsync(server => server.AnswerAsync(
            200, ClientFixture.Hi + ClientFixture.Stop, header, "content-type: text/event-stream"));

        Assert.Equal(Outcome.BadAnswer, plain.Fault!.Outcome);
        Assert.Equal(Outcome.BadAnswer, streamed.Fault!.Outcome);
    }

    [Fact]
    public async Task No_connection_in_time_is_a_timeout()
    {
        using var full = await FullServerAsync();
        _fixture.Options = options => options with { BaseUrl = full.Url };
        _fixture.Timeouts = new TimeoutOptions { Connect = TimeSpan.FromSeconds(4) };

        var attempt = _fixture.AttemptAsync();
        await _fixture.Time.WhenTimerAsync(TimeSpan.FromSeconds(4));
        _fixture.Time.Advance(TimeSpan.FromSeconds(4));

        var fault = (await attempt).Fault!;
        Assert.Equal(Outcome.Timeout, fault.Outcome);
        Assert.Contains("connect timeout", fault.Message);
    }

    [Fact]
    public async Task No_answer_in_time_is_a_timeout()
    {
        var result = await _fixture.PlainAsync(server =>
        {
            _fixture.Time.Advance(_fixture.Timeouts.Attempt);
            return server.ClosedAsync();
        });

        Assert.Equal(Outcome.Timeout, result.Fault!.Outcome);
        Assert.Contains("attempt timeout", result.Fault.Message);
    }

    [Fact]
    public async Task Just_before_the_timeout_an_answer_is_good()
    {
        var result = await _fixture.PlainAsync(server =>
        {
            _fixture.Time.Advance(_fixture.Timeouts.Attempt - TimeSpan.FromMilliseconds(1));
            return server.AnswerAsync(200, ClientFixture.Good);
        });

        Assert.NotNull(result.Answer);
    }

    [Fact]
    public async Task The_calls_deadline_is_nobodys_failure()
    {
        _fixture.Deadline = TimeSpan.FromSeconds(30);

        var result = await _fixture.PlainAsync(server =>
        {
            _fixture.Time.Advance(TimeSpan.FromSeconds(30));
            return server.ClosedAsync();
        });

        Assert.Equal(Outcome.Cancelled, result.Fault!.Outcome);
    }

    [Fact]
    public async Task A_deadline_that_has_passed_sends_nothing()
    {
        _fixture.Deadline = TimeSpan.Zero;

        var result = await _fixture.AttemptAsync();

        Assert.Equal(Outcome.Cancelled, result.Fault!.Outcome);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"choices\":")]
    [InlineData("HTTP/1.1 500 X\r\ncontent-length: 500\r\n\r\n{\"error\":")]
    public async Task When_the_caller_leaves_the_request_is_dropped(string sent)
    {
        var result = await _fixture.PlainAsync(async server =>
        {
            await server.SendAsync(sent);
            await _fixture.Caller.CancelAsync();
            await server.ClosedAsync();
        });

        Assert.Equal(Outcome.Cancelled, result.Fault!.Outcome);
    }

    [Fact]
    public async Task Nothing_of_a_call_is_read_for_an_attempt_that_is_called_off_before_it_begins()
    {
        _fixture.Options = options => options with { Type = "anthropic" };
        await _fixture.Caller.CancelAsync();

        // Whoever reads it finds a field that the provider cannot take.
        var result = await _fixture.AttemptAsync("""{"model":"m","no_such_field":1,"messages":[{"role":"user"}]}""");

        Assert.Equal(Outcome.Cancelled, result.Fault!.Outcome);
    }

    [Fact]
    public async Task A_field_that_the_provider_cannot_take_is_thrown_before_anything_is_sent()
    {
        _fixture.Options = options => options with { Type = "anthropic" };

        await Assert.ThrowsAsync<UnsupportedFieldException>(() =>
            _fixture.AttemptAsync("""{"model":"m","messages":[{"role":"user","content":"x"}],"n":2}"""));
    }

    public void Dispose() => _fixture.Dispose();

    private static async Task EndAsync(ScriptedConnection connection, bool reset)
    {
        if (reset)
        {
            await connection.ResetAsync();
        }
        else
        {
            connection.Fin();
        }
    }

    /// <summary>A server whose queue of connections is full: whoever comes now waits.</summary>
    private static async Task<FullServer> FullServerAsync()
    {
        var server = new ScriptedServer(backlog: 0);
        var waiting = new List<Socket>();
        for (var i = 0; i < 2; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            waiting.Add(socket);
            if (i == 0)
            {
                await socket.ConnectAsync(server.EndPoint);
            }
        }

        return new FullServer(server, waiting);
    }

    private sealed record FullServer(ScriptedServer Server, List<Socket> Waiting) : IDisposable
    {
        public Uri Url => Server.Url;

        public void Dispose()
        {
            Waiting.ForEach(socket => socket.Dispose());
            Server.Dispose();
        }
    }
}

using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Routing;
using Holdfast.Gateway.Tests.Calls;
using Holdfast.Gateway.Tests.Providers;

namespace Holdfast.Gateway.Tests.Routing;

/// <summary>Calls at targets whose providers announce limits, and what is learned from their answers.</summary>
public sealed class AnnouncedCallTests : IDisposable
{
    private static readonly string[] ManyTokensLeft = ["x-ratelimit-limit-tokens: 1000000",
        "x-ratelimit-remaining-tokens: 900000", "x-ratelimit-reset-tokens: 6s"];

    private readonly Gateway _gateway = new();

    private TargetState A => _gateway.States.All.Single(state => state.Provider == "a");

    [Theory]
    [InlineData(ChatCall.Plain, 200)]
    [InlineData(ChatCall.Plain, 500)]
    [InlineData(ChatCall.Streamed, 200)]
    public async Task What_an_answers_head_says_of_limits_slows_the_next_call(string body, int status)
    {
        _gateway.With("a", "openai", "sk-one");
        var first = _gateway.CallAsync(body);
        string[] head = ["x-ratelimit-limit-requests: 10", "x-ratelimit-remaining-requests: 0",
            "x-ratelimit-reset-requests: 20s"];
        if (body == ChatCall.Streamed)
        {
            var server = await _gateway["a"].RequestAsync();
            await server.SendAsync("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n"
                + string.Join("\r\n", head) + "\r\n\r\n" + ClientFixture.Hi);
            (await first).Stream!.Dispose();
        }
        else
        {
            await _gateway.AnswerAsync("a", status, null, head);
            (await first).Answer?.Dispose();
        }

        var second = _gateway.CallAsync();
        Assert.Equal(1, A.Admission.GetStatus()!.Depth);
        _gateway.Time.Advance(TimeSpan.FromSeconds(20.1));
        await _gateway.AnswerAsync("a", 200);

        (await second).Answer!.Dispose();
        Assert.InRange(_gateway.Record.Winner!.Queued!.Value, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(20.1));
        Assert.Equal("a/x:ok", _gateway.Trail);
    }

    [Fact]
    public async Task Calls_whose_callers_give_up_are_kept_below_the_providers_token_limit()
    {
        const string Body = """{"model":"m","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}""";
        _gateway.With("a");
        var first = _gateway.CallAsync(Body);
        await _gateway.AnswerAsync("a", 200, null, "x-ratelimit-limit-tokens: 1000",
            "x-ratelimit-remaining-tokens: 880", "x-ratelimit-reset-tokens: 1m0s");
        (await first).Answer!.Dispose();
        var sent = 0;

        for (var i = 0; i < 20; i++)
        {
            var call = _gateway.CallAsync(Body, timeout: TimeSpan.FromSeconds(1));
            if (_gateway.Record.Asked is not null)
            {
                await _gateway["a"].RequestAsync();
                sent++;
            }

            _gateway.Time.Advance(TimeSpan.FromSeconds(1.1));
            await call;
        }

        // Of some 118 tokens each, counted 1.5 times; the provider may count them although nobody waits for their
        // answers any more.
        Assert.InRange(sent, 2, 5);
    }

    [Fact]
    public async Task A_reset_that_is_a_moment_is_one_by_the_providers_clock()
    {
        _gateway.With("a");
        var theirs = _gateway.Time.GetUtcNow() - TimeSpan.FromSeconds(30);
        var first = _gateway.CallAsync();
        await _gateway.AnswerAsync("a", 200, null, $"date: {theirs:R}", "x-ratelimit-limit-requests: 10",
            "x-ratelimit-remaining-requests: 0",
            $"x-ratelimit-reset-requests: {theirs.AddSeconds(20):yyyy-MM-ddTHH:mm:ssZ}");
        (await first).Answer!.Dispose();

        var second = _gateway.CallAsync();
        Assert.Null(_gateway.Record.Asked);
        _gateway.Time.Advance(TimeSpan.FromSeconds(22));
        await _gateway.AnswerAsync("a", 200);

        (await second).Answer!.Dispose();
    }

    [Fact]
    public async Task A_key_at_its_announced_limit_gives_way_to_the_next_one()
    {
        _gateway.With("a", "openai", "sk-one", "sk-two");
        var first = _gateway.CallAsync();
        await _gateway.AnswerAsync("a", 200, null, "x-ratelimit-limit-requests: 10",
            "x-ratelimit-remaining-requests: 0", "x-ratelimit-reset-requests: 20s");
        (await first).Answer!.Dispose();

        var second = _gateway.CallAsync();
        var asked = await _gateway.AnswerAsync("a", 200);

        (await second).Answer!.Dispose();
        Assert.Equal("Bearer sk-two", asked.Header("authorization"));
        Assert.Null(_gateway.Record.Winner!.Queued);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_answers_say_that_calls_took_is_expected_of_the_next_ones(bool isStreamed)
    {
        _gateway.With("a");
        for (var call = 0; call < 4; call++)
        {
            var answered = _gateway.CallAsync(isStreamed ? ChatCall.Streamed : ChatCall.Plain);
            var server = await _gateway["a"].RequestAsync();
            if (isStreamed)
            {
                await server.SendAsync("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n"
                    + string.Join("\r\n", ManyTokensLeft) + "\r\n\r\n" + ClientFixture.Hi + ClientFixture.Stop
                    + """data: {"choices":[],"usage":{"prompt_tokens":50,"completion_tokens":2000}}""" + "\n\n"
                    + ClientFixture.Done);
                using var lease = (await answered).Stream!;
                await ReadToEndAsync(lease);
            }
            else
            {
                await server.AnswerAsync(200, ClientFixture.Good.Replace("5,", "50,", StringComparison.Ordinal)
                    .Replace(":2}", ":2000}", StringComparison.Ordinal), ManyTokensLeft);
                (await answered).Answer!.Dispose();
            }
        }

        var request = _gateway.Record.Request;
        Assert.InRange(A.Admission.Estimates.Of(request), 2049, 2050);
        Assert.Equal(request.BodyTokens, request.EstimatedTokens);
    }

    [Fact]
    public async Task A_stream_that_was_cut_says_nothing_of_what_calls_take()
    {
        _gateway.With("a");
        for (var call = 0; call < 4; call++)
        {
            var answered = _gateway.CallAsync(ChatCall.Streamed);
            var server = await _gateway["a"].RequestAsync();
            await server.SendAsync("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n"
                + string.Join("\r\n", ManyTokensLeft) + "\r\n\r\n"
                + """data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]"""
                + ""","usage":{"prompt_tokens":50,"completion_tokens":1}}""" + "\n\n");
            (await answered).Stream!.Dispose();
        }

        Assert.Equal(_gateway.Record.Request.EstimatedTokens, A.Admission.Estimates.Of(_gateway.Record.Request));
    }

    public void Dispose() => _gateway.Dispose();

    private static async Task ReadToEndAsync(AttemptLease lease)
    {
        using var output = new PooledBuffer();
        while (await lease.ReadAsync(output).AsTask().SoonAsync() == StreamStep.More)
        {
        }
    }
}

using System.Text;
using System.Text.Json;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Observability;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Routing;
using Holdfast.Gateway.Tests.Calls;
using Holdfast.Gateway.Tests.Providers;
using Holdfast.Gateway.Tests.Providers.Anthropic;

namespace Holdfast.Gateway.Tests.Routing;

/// <summary>Streams that break and go on at another target, in virtual time.</summary>
public sealed class ContinuedStreamTests : IDisposable
{
    private const string WantsUsage = """
        {"model":"m","stream":true,"stream_options":{"include_usage":true},
         "messages":[{"role":"user","content":"hi"}]}
        """;

    private readonly Gateway _gateway = new()
    {
        RouteChange = route => route with { ContinueStreams = true },
    };

    public enum Break
    {
        Cut,
        Stall,
        ErrorEvent,
        BadChunk,
    }

    [Theory]
    [InlineData(Break.Cut)]
    [InlineData(Break.Stall)]
    [InlineData(Break.ErrorEvent)]
    [InlineData(Break.BadChunk)]
    public async Task A_stream_that_breaks_goes_on_at_the_next_target(Break how)
    {
        var (first, stream) = await OpenAsync(Chunk("first", "It was"));
        using var output = new PooledBuffer();
        output.Write(stream.Opening.Span);
        await first.SendAsync(Chunk("first", " the"));
        Assert.Equal(StreamStep.More, await stream.ReadAsync(output).AsTask().SoonAsync());

        var reading = ReadOnAsync(stream, output);
        await BreakAsync(first, how);
        var second = await _gateway["b"].RequestAsync();
        await second.BeginStreamAsync(
            Chunk("second", "was the"), Chunk("second", " end"), Finish("second"), ClientFixture.Done);

        Assert.Equal(StreamStep.Complete, await reading);
        stream.Dispose();
        Assert.Equal("It was the end", TextOf(output));
        Assert.DoesNotContain("second", Everything(output));
        Assert.Equal("a/x:cut,b/x:ok", _gateway.Trail);
        Assert.Equal((Outcome.Ok, 1, "b"),
            (_gateway.Record.Outcome, _gateway.Record.Continuations, _gateway.Record.Winner!.Provider));
        Assert.Equal(1, _gateway.Breaker("a").GetStatus().ConsecutiveFailures);
        using var meter = new GatewayMeter();
        var page = new PrometheusPage(meter);
        new CallMetrics(meter).OnCompleted(_gateway.Record);
        using var metrics = new PooledBuffer();
        page.Write(metrics);
        Assert.Matches(
            "holdfast_stream_continuations_total\\{[^}]*\\} 1\n", Encoding.UTF8.GetString(metrics.WrittenSpan));
        var asked = JsonElement.Parse(second.Body).GetProperty("messages");
        Assert.Equal("It was the", asked[1].GetProperty("content").GetString());
    }

    [Fact]
    public async Task The_callers_usage_is_the_sum_with_an_estimate_of_what_the_cut_part_took()
    {
        var (first, stream) = await OpenAsync(Chunk("first", "Twelve bytes"), WantsUsage);
        using var output = new PooledBuffer();
        var reading = ReadAllAsync(stream, output);
        await first.ResetAsync();
        var second = await _gateway["b"].RequestAsync();
        await second.BeginStreamAsync(Chunk("second", " more"), Finish("second"),
            "data: {\"id\":\"second\",\"choices\":[],\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":2}}\n\n",
            ClientFixture.Done);

        await reading;
        stream.Dispose();

        var input = 20 + ToldAnswer.TokensOf(WantsUsage.Length);
        Assert.Equal((input, 5), (_gateway.Record.Usage.Input, _gateway.Record.Usage.Output));
        Assert.Contains($"\"prompt_tokens\":{input},\"completion_tokens\":5,", Everything(output));
    }

    [Fact]
    public async Task Usage_that_was_asked_for_is_estimated_where_the_one_who_goes_on_does_not_tell()
    {
        var (first, stream) = await OpenAsync(Chunk("first", "Twelve bytes"), WantsUsage);
        using var output = new PooledBuffer();
        var reading = ReadAllAsync(stream, output);
        await first.ResetAsync();
        var second = await _gateway["b"].RequestAsync();
        await second.BeginStreamAsync(Chunk("second", " and eight"), Finish("second"), ClientFixture.Done);

        await reading;
        stream.Dispose();

        var input = 2 * ToldAnswer.TokensOf(WantsUsage.Length);
        var output2 = 3 + ToldAnswer.TokensOf(" and eight".Length);
        Assert.Equal((input, output2), (_gateway.Record.Usage.Input, _gateway.Record.Usage.Output));
        var usage = $"\"prompt_tokens\":{input},\"completion_tokens\":{output2},";
        Assert.Equal(2, Everything(output).Split(usage).Length);
        Assert.EndsWith(ClientFixture.Done, Everything(output), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_chunk_has_the_streams_one_id_and_model_even_where_the_one_who_goes_on_names_none()
    {
        var (first, stream) = await OpenAsync(Chunk("first", "It was"));
        using var output = new PooledBuffer();
        var reading = ReadAllAsync(stream, output);
        await first.ResetAsync();
        var second = await _gateway["b"].RequestAsync();
        await second.BeginStreamAsync([.. new[] { Chunk("b", " the"), Chunk("b", " end"), Finish("b") }.Select(
            chunk => chunk.Replace("\"id\":\"b\",\"created\":1,\"model\":\"b\",", "", StringComparison.Ordinal)),
            ClientFixture.Done]);

        Assert.Equal(StreamStep.Complete, await reading);
        stream.Dispose();
        Assert.Equal("It was the end", TextOf(output));
        Assert.All(Chunks(output), chunk => Assert.Equal(("first", "first", 1), (chunk.GetProperty("id").GetString(),
            chunk.GetProperty("model").GetString(), chunk.GetProperty("created").GetInt32())));
    }

    [Fact]
    public async Task Half_a_character_at_the_seam_waits_for_the_other_half()
    {
        var (first, stream) = await OpenAsync(Chunk("first", "It was"));
        using var output = new PooledBuffer();
        var reading = ReadAllAsync(stream, output);
        await first.ResetAsync();
        var second = await _gateway["b"].RequestAsync();
        await second.BeginStreamAsync(Chunk("second", " and \\ud83d"), Chunk("second", "\\ude42 so"), Finish("second"),
            ClientFixture.Done);

        Assert.Equal(StreamStep.Complete, await reading);
        stream.Dispose();
        Assert.Equal("It was and 🙂 so", TextOf(output));
    }

    [Theory]
    [InlineData("It was \\ud83d", "\\ude42 and", "It was 🙂 and")]
    [InlineData("It was \\\\ud83d", " and", "It was \\ud83d and")]
    public async Task A_character_that_came_in_two_chunks_is_handed_on_whole(string one, string two, string whole)
    {
        var (first, stream) = await OpenAsync(Chunk("first", one) + Chunk("first", two));
        using var output = new PooledBuffer();
        var reading = ReadAllAsync(stream, output);
        await first.ResetAsync();
        var second = await _gateway["b"].RequestAsync();
        await second.BeginStreamAsync(Chunk("second", " so"), Finish("second"), ClientFixture.Done);

        Assert.Equal(StreamStep.Complete, await reading);
        stream.Dispose();
        var asked = JsonElement.Parse(second.Body).GetProperty("messages");
        Assert.Equal(whole, asked[1].GetProperty("content").GetString());
    }

    [Theory]
    [InlineData("It was \\ud83d", "a/x:cut")]
    [InlineData("It was \\ud83d and \\ude42", "a/x:cut")]
    public async Task What_has_half_a_character_ends_where_it_breaks(string text, string trail)
    {
        var (first, stream) = await OpenAsync(Chunk("first", text));
        using var output = new PooledBuffer();
        await first.ResetAsync();

        Assert.Equal(StreamStep.Broken, await ReadAllAsync(stream, output));
        stream.Dispose();
        Assert.Equal(trail, _gateway.Trail);
    }

    [Fact]
    public async Task Who_goes_on_and_ends_with_half_a_character_ends_in_an_error()
    {
        var (first, stream) = await OpenAsync(Chunk("first", "It was"));
        using var output = new PooledBuffer();
        var reading = ReadAllAsync(stream, output);
        await first.ResetAsync();
        var second = await _gateway["b"].RequestAsync();
        await second.BeginStreamAsync(Chunk("second", " and \\ud83d"), Finish("second"), ClientFixture.Done);

        Assert.Equal(StreamStep.Broken, await reading);
        stream.Dispose();
        Assert.Equal("It was and ", TextOf(output));
    }

    [Theory]
    [InlineData(429, "rate_limited")]
    [InlineData(503, "server_error")]
    public async Task Nobody_waits_longer_than_between_tokens_for_a_target_that_asks_for_it(int status, string word)
    {
        _gateway.Retry = _gateway.Retry with { MaxRetries = 2 };
        var (first, stream) = await OpenAsync(ClientFixture.Hi);
        using var output = new PooledBuffer();
        var reading = ReadAllAsync(stream, output);
        await first.ResetAsync();
        await _gateway.AnswerAsync("b", status, null, "retry-after: 120");

        Assert.Equal(StreamStep.Broken, await reading);
        stream.Dispose();
        Assert.Equal(($"a/x:cut,b/x:{word}", Outcome.Cut), (_gateway.Trail, _gateway.Record.Outcome));
    }

    [Fact]
    public async Task Several_waits_together_are_no_longer_than_between_tokens()
    {
        _gateway.Retry = _gateway.Retry with { MaxRetries = 3 };
        var (first, stream) = await OpenAsync(ClientFixture.Hi);
        using var output = new PooledBuffer();
        var reading = ReadAllAsync(stream, output);
        await first.ResetAsync();
        await _gateway.AnswerAsync("b", 429, null, "retry-after: 40");
        await _gateway.Time.WhenTimerAsync(TimeSpan.FromSeconds(40));
        _gateway.Time.Advance(TimeSpan.FromSeconds(40));
        await _gateway.AnswerAsync("b", 429, null, "retry-after: 40");

        Assert.Equal(StreamStep.Broken, await reading);
        stream.Dispose();
        Assert.Equal("a/x:cut,b/x:rate_limited,b/x:rate_limited", _gateway.Trail);
    }

    [Fact]
    public async Task A_target_that_asks_for_too_long_is_passed_over_for_the_next()
    {
        _gateway.Retry = _gateway.Retry with { MaxRetries = 2 };
        _gateway.With("a").With("b").With("c");
        var (first, stream) = await OpenAsync(ClientFixture.Hi, isBuilt: true);
        using var output = new PooledBuffer();
        var reading = ReadAllAsync(stream, output);
        await first.ResetAsync();
        await _gateway.AnswerAsync("b", 429, null, "retry-after: 120");
        var third = await _gateway["c"].RequestAsync();
        await third.BeginStreamAsync(Chunk("c", " you"), Finish("c"), ClientFixture.Done);

        Assert.Equal(StreamStep.Complete, await reading);
        stream.Dispose();
        Assert.Equal("Hi you", TextOf(output));
    }

    [Fact]
    public async Task A_refusal_that_is_told_to_a_caller_of_Anthropics_is_not_gone_on_with()
    {
        _gateway.With("a").With("b");
        var call = _gateway.CallAsync(CallerWire.Call(CallerWire.Streamed));
        var first = await _gateway["a"].RequestAsync();
        await first.BeginStreamAsync(
            "data: {\"id\":\"c\",\"model\":\"x\",\"choices\":[{\"index\":0,\"delta\":{\"refusal\":\"I won't\"}}]}\n\n");
        var stream = (await call).Continued!;
        using var output = new PooledBuffer();
        await first.ResetAsync();

        Assert.Equal(StreamStep.Broken, await ReadAllAsync(stream, output));
        stream.Dispose();
        Assert.Contains("I won't", Everything(output), StringComparison.Ordinal);
        Assert.Equal("a/x:cut", _gateway.Trail);
    }

    [Fact]
    public async Task What_breaks_after_the_finish_reason_is_not_gone_on_with()
    {
        var (first, stream) = await OpenAsync(Chunk("first", "All is said.") + Finish("first"));
        using var output = new PooledBuffer();
        await first.SendAsync("data: {\"error\":{\"message\":\"no\",\"code\":500}}\n\n");

        Assert.Equal(StreamStep.Broken, await ReadAllAsync(stream, output));
        stream.Dispose();
        Assert.Equal(("a/x:cut", "All is said."), (_gateway.Trail, TextOf(output)));
    }

    [Fact]
    public async Task A_target_that_rests_for_longer_than_between_tokens_is_not_waited_for()
    {
        var (first, stream) = await OpenAsync(ClientFixture.Hi);
        _gateway.States.All.Single(state => state.Provider == "b").Cooldown.Extend(TimeSpan.FromMinutes(2));
        using var output = new PooledBuffer();
        await first.ResetAsync();

        Assert.Equal(StreamStep.Broken, await ReadAllAsync(stream, output));
        stream.Dispose();
        Assert.Equal(("a/x:cut,b/x:held", Outcome.Cut), (_gateway.Trail, _gateway.Record.Outcome));
    }

    [Fact]
    public async Task Nobody_stands_longer_in_a_full_targets_line_than_between_tokens()
    {
        var (first, stream) = await OpenAsync(ClientFixture.Hi);
        var full = _gateway.States.All.Single(state => state.Provider == "b").Admission;
        full.Configure(CallLimits.None with { MaxConcurrency = 1, Timeout = TimeSpan.FromMinutes(5) });
        Assert.True(full.TryEnter(default, new KeyRing([]), out var taken));
        using var output = new PooledBuffer();
        var reading = ReadAllAsync(stream, output);
        await first.ResetAsync();
        await Soon.UntilAsync(() => full.GetStatus()!.Depth == 1);

        _gateway.Time.Advance(TimeSpan.FromSeconds(61));

        Assert.Equal(StreamStep.Broken, await reading);
        stream.Dispose();
        taken.GiveBack();
        Assert.Equal(("a/x:cut,b/x:saturated", Outcome.Cut), (_gateway.Trail, _gateway.Record.Outcome));
        Assert.Equal(0, full.GetStatus()!.Depth);
    }

    [Fact]
    public async Task A_place_that_comes_free_in_time_goes_on_with_the_stream()
    {
        var (first, stream) = await OpenAsync(ClientFixture.Hi);
        var full = _gateway.States.All.Single(state => state.Provider == "b").Admission;
        full.Configure(CallLimits.None with { MaxConcurrency = 1, Timeout = TimeSpan.FromMinutes(5) });
        Assert.True(full.TryEnter(default, new KeyRing([]), out var taken));
        using var output = new PooledBuffer();
        var reading = ReadAllAsync(stream, output);
        await first.ResetAsync();
        await Soon.UntilAsync(() => full.GetStatus()!.Depth == 1);

        _gateway.Time.Advance(TimeSpan.FromSeconds(40));
        taken.GiveBack();
        var second = await _gateway["b"].RequestAsync();
        await second.BeginStreamAsync(Chunk("b", " you"), Finish("b"), ClientFixture.Done);

        Assert.Equal(StreamStep.Complete, await reading);
        stream.Dispose();
        Assert.Equal("Hi you", TextOf(output));
    }

    [Fact]
    public async Task A_call_of_a_tool_is_never_gone_on_with()
    {
        var (first, stream) = await OpenAsync(
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c\","
            + "\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}]}}]}\n\n");
        using var output = new PooledBuffer();
        await first.ResetAsync();

        Assert.Equal(StreamStep.Broken, await ReadAllAsync(stream, output));
        stream.Dispose();
        Assert.Equal(("a/x:cut", Outcome.Cut), (_gateway.Trail, _gateway.Record.Outcome));
    }

    [Theory]
    [InlineData("\"logprobs\":true,")]
    [InlineData("\"response_format\":{\"type\":\"json_object\"},")]
    public async Task What_has_no_parts_ends_where_it_breaks(string wish)
    {
        var (first, stream) = await OpenAsync(ClientFixture.Hi,
            ChatCall.Streamed.Replace("\"stream\"", wish + "\"stream\"", StringComparison.Ordinal));
        using var output = new PooledBuffer();
        await first.ResetAsync();

        Assert.Equal(StreamStep.Broken, await ReadAllAsync(stream, output));
        stream.Dispose();
        Assert.Equal("a/x:cut", _gateway.Trail);
    }

    [Fact]
    public async Task Where_nobody_can_go_on_the_stream_ends_as_one_that_broke()
    {
        var (first, stream) = await OpenAsync(ClientFixture.Hi);
        using var output = new PooledBuffer();
        var reading = ReadAllAsync(stream, output);
        await first.ResetAsync();
        await _gateway.AnswerAsync("b", 500);

        Assert.Equal(StreamStep.Broken, await reading);
        stream.Dispose();
        Assert.Equal(("a/x:cut,b/x:server_error", Outcome.Cut, 0),
            (_gateway.Trail, _gateway.Record.Outcome, _gateway.Record.Continuations));
        Assert.Null(_gateway.Record.Error);
    }

    [Fact]
    public async Task A_target_that_will_not_go_on_is_passed_over_for_the_next()
    {
        _gateway.With("a").With("b").With("c");
        var (first, stream) = await OpenAsync(ClientFixture.Hi, isBuilt: true);
        using var output = new PooledBuffer();
        var reading = ReadAllAsync(stream, output);
        await first.ResetAsync();
        await _gateway.AnswerAsync("b", 400, """{"error":{"message":"must end with a user message"}}""");
        var third = await _gateway["c"].RequestAsync();
        await third.BeginStreamAsync(Chunk("c", " you"), Finish("c"), ClientFixture.Done);

        Assert.Equal(StreamStep.Complete, await reading);
        stream.Dispose();
        Assert.Equal("Hi you", TextOf(output));
        Assert.Equal(0, _gateway.Breaker("b").GetStatus().ConsecutiveFailures);
    }

    [Theory]
    [InlineData(0, "a/x:server_error,b/x:cut")]
    [InlineData(1, "a/x:server_error,b/x:cut,a/x:ok")]
    public async Task A_target_that_had_failed_before_goes_on_only_within_the_budget_of_retries(
        int retries, string trail)
    {
        _gateway.Retry = _gateway.Retry with { MaxRetries = retries };
        _gateway.With("a").With("b");
        var call = _gateway.CallAsync(ChatCall.Streamed);
        await _gateway.AnswerAsync("a", 500);
        var second = await _gateway["b"].RequestAsync();
        await second.BeginStreamAsync(ClientFixture.Hi);
        using var stream = (await call).Continued!;
        using var output = new PooledBuffer();
        var reading = ReadAllAsync(stream, output);
        await second.ResetAsync();
        if (retries > 0)
        {
            var again = await _gateway["a"].RequestAsync();
            await again.BeginStreamAsync(Chunk("a", " you"), Finish("a"), ClientFixture.Done);
        }

        await reading;

        Assert.Equal(trail, _gateway.Trail);
    }

    [Fact]
    public async Task A_target_at_which_the_stream_was_cut_does_not_go_on_with_it()
    {
        var (first, stream) = await OpenAsync(ClientFixture.Hi);
        using var output = new PooledBuffer();
        var reading = ReadAllAsync(stream, output);
        await first.ResetAsync();
        var second = await _gateway["b"].RequestAsync();
        await second.BeginStreamAsync(Chunk("b", " you"));
        await second.ResetAsync();

        Assert.Equal(StreamStep.Broken, await reading);
        stream.Dispose();
        Assert.Equal("a/x:cut,b/x:cut", _gateway.Trail);
        Assert.Equal("Hi you", TextOf(output));
    }

    [Fact]
    public async Task Going_on_takes_no_longer_than_the_calls_deadline()
    {
        var (first, stream) = await OpenAsync(ClientFixture.Hi, timeout: TimeSpan.FromSeconds(30));
        using var output = new PooledBuffer();
        var reading = ReadAllAsync(stream, output);
        await first.ResetAsync();
        await _gateway["b"].RequestAsync();

        _gateway.Time.Advance(TimeSpan.FromSeconds(31));

        Assert.Equal(StreamStep.Broken, await reading);
        Assert.Equal(Outcome.Cancelled, stream.Fault!.Outcome);
        stream.Dispose();
        Assert.Equal(Outcome.Cancelled, _gateway.Record.Outcome);
    }

    [Fact]
    public async Task When_its_caller_leaves_nobody_goes_on()
    {
        var (first, stream) = await OpenAsync(ClientFixture.Hi);
        using var output = new PooledBuffer();
        var reading = ReadAllAsync(stream, output);
        await first.ResetAsync();
        var second = await _gateway["b"].RequestAsync();

        await _gateway.Caller.CancelAsync();

        Assert.Equal(StreamStep.Broken, await reading);
        stream.Dispose();
        await second.ClosedAsync();
        Assert.Equal(Outcome.Cancelled, _gateway.Record.Outcome);
        Assert.Equal(0, _gateway.Breaker("b").GetStatus().FailureCount);
    }

    [Fact]
    public async Task Without_the_option_no_text_is_kept()
    {
        _gateway.RouteChange = route => route;
        _gateway.With("a").With("b");
        var call = _gateway.CallAsync(ChatCall.Streamed);
        await (await _gateway["a"].RequestAsync()).BeginStreamAsync(ClientFixture.Hi);

        var result = await call;

        Assert.Null(result.Continued);
        result.Stream!.Dispose();
    }

    [Fact]
    public async Task A_text_beyond_the_limit_ends_where_it_breaks()
    {
        var (first, stream) = await OpenAsync(Chunk("first", new string('x', 200 * 1024)));
        using var output = new PooledBuffer();
        await first.SendAsync(Chunk("first", new string('x', 100 * 1024)));
        first.Fin();

        Assert.Equal(StreamStep.Broken, await ReadAllAsync(stream, output));
        stream.Dispose();
        Assert.Equal("a/x:cut", _gateway.Trail);
    }

    [Fact]
    public async Task Thoughts_are_told_but_not_handed_on()
    {
        var (first, stream) = await OpenAsync(
            "data: {\"choices\":[{\"index\":0,\"delta\":{\"reasoning_content\":\"Well\"}}]}\n\n");
        using var output = new PooledBuffer();
        var reading = ReadAllAsync(stream, output);
        await first.ResetAsync();
        var second = await _gateway["b"].RequestAsync();
        await second.BeginStreamAsync(Chunk("b", "Yes"), Finish("b"), ClientFixture.Done);

        Assert.Equal(StreamStep.Complete, await reading);
        stream.Dispose();
        Assert.Equal("Yes", TextOf(output));
        Assert.Single(JsonElement.Parse(second.Body).GetProperty("messages").EnumerateArray());
    }

    public void Dispose() => _gateway.Dispose();

    private static string Chunk(string id, string text) =>
        $"data: {{\"id\":\"{id}\",\"created\":1,\"model\":\"{id}\",\"choices\":[{{\"index\":0,"
        + $"\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n";

    private static string Finish(string id) =>
        $"data: {{\"id\":\"{id}\",\"created\":1,\"model\":\"{id}\",\"choices\":[{{\"index\":0,\"delta\":{{}},"
        + "\"finish_reason\":\"stop\"}]}\n\n";

    private async Task BreakAsync(ScriptedConnection server, Break how)
    {
        switch (how)
        {
            case Break.Cut:
                server.Fin();
                break;
            case Break.ErrorEvent:
                await server.SendAsync("data: {\"error\":{\"message\":\"no\",\"code\":500}}\n\n");
                break;
            case Break.BadChunk:
                await server.SendAsync("data: {\"choices\":[\n\n");
                break;
            default:
                _gateway.Time.Advance(TimeSpan.FromSeconds(61));
                break;
        }
    }

    private async Task<(ScriptedConnection Server, ContinuedStream Stream)> OpenAsync(
        string opening, string body = ChatCall.Streamed, TimeSpan? timeout = null, bool isBuilt = false)
    {
        if (!isBuilt)
        {
            _gateway.With("a").With("b");
        }

        var call = _gateway.CallAsync(body, timeout);
        var server = await _gateway["a"].RequestAsync();
        await server.BeginStreamAsync(opening);
        var result = await call;
        return (server, result.Continued!);
    }

    private static async Task<StreamStep> ReadAllAsync(ICallStream stream, PooledBuffer output)
    {
        output.Write(stream.Opening.Span);
        return await ReadOnAsync(stream, output);
    }

    private static async Task<StreamStep> ReadOnAsync(ICallStream stream, PooledBuffer output)
    {
        while (true)
        {
            var step = await stream.ReadAsync(output).AsTask().SoonAsync();
            if (step != StreamStep.More)
            {
                return step;
            }
        }
    }

    private static string Everything(PooledBuffer output) =>
        Encoding.UTF8.GetString(output.WrittenSpan);

    private static IEnumerable<JsonElement> Chunks(PooledBuffer output) => Everything(output).Split("\n\n")
        .Where(one => one.StartsWith("data: {", StringComparison.Ordinal))
        .Select(one => JsonElement.Parse(one["data: ".Length..]));

    private static string TextOf(PooledBuffer output) => string.Concat(
        Chunks(output).Select(chunk => chunk.GetProperty("choices"))
            .Where(choices => choices.GetArrayLength() > 0)
            .Select(choices => choices[0].GetProperty("delta"))
            .Select(delta => delta.TryGetProperty("content", out var text) ? text.GetString() : ""));
}

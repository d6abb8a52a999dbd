using System.Text;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Timeouts;
using Xunit.Abstractions;
using static Holdfast.Gateway.Tests.Providers.ClientFixture;

namespace Holdfast.Gateway.Tests.Providers;

public sealed class ProviderStreamTests(ITestOutputHelper output) : IDisposable
{
    private readonly ClientFixture _fixture = new();

    [Fact]
    public async Task A_stream_is_open_at_its_first_token_and_hands_over_what_came_before()
    {
        var result = await _fixture.StreamAsync(server => server.BeginStreamAsync(": hello\n\n", Role, Hi));

        Assert.Equal(": hello\n\n" + Role + Hi, Encoding.UTF8.GetString(result.Stream!.Opening.WrittenSpan));
        Assert.False(result.Stream.IsComplete);
    }

    [Fact]
    public async Task Before_a_token_a_stream_is_not_open()
    {
        var attempt = _fixture.AttemptAsync(Tests.Calls.ChatCall.Streamed);
        var server = await _fixture.Server.RequestAsync();
        await server.BeginStreamAsync(Role, ": wait\n\n");
        Assert.False(attempt.IsCompleted);

        await server.SendAsync(Hi);

        Assert.NotNull((await attempt).Stream);
    }

    [Theory]
    [InlineData("text/event-stream; charset=utf-8")]
    [InlineData("Text/Event-Stream")]
    [InlineData("text/plain")]
    [InlineData("application/octet-stream")]
    public async Task A_stream_may_come_as_plain_text_or_bytes(string type)
    {
        var result = await _fixture.StreamAsync(
            server => server.AnswerAsync(200, Hi + Stop + Done, $"content-type: {type}"));

        Assert.Equal((StreamStep.Complete, Hi + Stop + Done), await ReadToEndAsync(result.Stream!));
    }

    [Fact]
    public async Task A_stream_that_ends_before_a_choice_that_was_asked_for_is_cut()
    {
        const string Two = """{"model":"m","n":2,"stream":true,"messages":[{"role":"user","content":"hi"}]}""";
        var attempt = _fixture.AttemptAsync(Two);
        var server = await _fixture.Server.RequestAsync();
        await server.BeginStreamAsync(Hi);
        var result = await attempt;

        await server.SendAsync(Stop);
        server.Fin();

        Assert.Equal(StreamStep.Broken, (await ReadToEndAsync(result.Stream!)).Step);
    }

    [Fact]
    public async Task A_whole_stream_that_the_provider_leaves_open_is_soon_complete()
    {
        var attempt = _fixture.AttemptAsync(Tests.Calls.ChatCall.Streamed);
        var server = await _fixture.Server.RequestAsync();
        await server.BeginStreamAsync(Hi);
        var result = await attempt;
        using var output = new PooledBuffer();
        await server.SendAsync(Stop);
        Assert.Equal(StreamStep.More, await result.Stream!.ReadAsync(output).AsTask().SoonAsync());

        var last = result.Stream.ReadAsync(output).AsTask();
        _fixture.Time.Advance(new ProviderClientOptions().AfterFinish);

        Assert.Equal(StreamStep.Complete, await last.SoonAsync());
        Assert.EndsWith(Done, Encoding.UTF8.GetString(output.WrittenSpan), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_whole_answer_to_a_streamed_call_is_a_bad_one()
    {
        var result = await _fixture.StreamAsync(server => server.AnswerAsync(200, Good));

        Assert.Equal(Outcome.BadAnswer, result.Fault!.Outcome);
    }

    [Fact]
    public async Task Segmented_at_random_a_stream_reaches_its_caller_byte_by_byte()
    {
        const int Seed = 4711;
        output.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        var text = Role + Hi + ": ping\r\n\r\n" + Hi.Replace("Hi", "grüße 😀", StringComparison.Ordinal) + Stop + Done;
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var round = 0; round < 20; round++)
        {
            var attempt = _fixture.AttemptAsync(Tests.Calls.ChatCall.Streamed);
            var server = await _fixture.Server.RequestAsync();
            await server.BeginStreamAsync();
            for (var sent = 0; sent < bytes.Length;)
            {
                var next = Math.Min(bytes.Length, sent + random.Next(1, 40));
                await server.SendAsync(bytes[sent..next]);
                sent = next;
            }

            Assert.Equal((StreamStep.Complete, text), await ReadToEndAsync((await attempt).Stream!));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(Role)]
    [InlineData(": ping\n\n")]
    [InlineData(Done)]
    [InlineData(Role + Done)]
    [InlineData("data: {\"error\":{\"message\":\"overloaded\"}}\n\n")]
    [InlineData("data: {\"error\":\"overloaded\"}\n\n")]
    [InlineData("data: {\"error\":{\"code\":503}}\n\ndata: [DONE]\n\n")]
    [InlineData("event: error\ndata: {\"message\":\"x\"}\n\n")]
    [InlineData(Role + "data: {\"choices\":\n\n")]
    [InlineData("data: {\"choices\":[{\"index\":500}]}\n\n")]
    [InlineData("{\"error\":\"a line of NDJSON\"}\n")]
    [InlineData("<html>oops</html>")]
    public async Task What_ends_or_breaks_before_a_token_is_a_bad_answer(string events)
    {
        var byFin = await _fixture.StreamAsync(async server =>
        {
            await server.BeginStreamAsync(events);
            server.Fin();
        });
        var byReset = await _fixture.StreamAsync(async server =>
        {
            await server.BeginStreamAsync(events);
            await server.ResetAsync();
        });

        Assert.Equal(Outcome.BadAnswer, byFin.Fault!.Outcome);
        Assert.Equal(Outcome.BadAnswer, byReset.Fault!.Outcome);
    }

    [Theory]
    [InlineData("")]
    [InlineData("data: {\"choices\":[{\"ind")]
    [InlineData("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"half\"}}]}")]
    [InlineData(Done)]
    [InlineData("data: {\"error\":{\"message\":\"overloaded\"}}\n\n")]
    [InlineData("data: nonsense\n\n")]
    public async Task What_ends_or_breaks_after_a_token_breaks_the_stream(string rest)
    {
        var attempt = _fixture.AttemptAsync(Tests.Calls.ChatCall.Streamed);
        var server = await _fixture.Server.RequestAsync();
        await server.BeginStreamAsync(Hi);
        var stream = (await attempt).Stream!;

        await server.SendAsync(rest);
        server.Fin();

        var (step, text) = await ReadToEndAsync(stream);
        Assert.Equal((StreamStep.Broken, Outcome.BadAnswer), (step, stream.Fault!.Outcome));
        Assert.StartsWith(Hi, text);
        Assert.DoesNotContain("[DONE]", text);
        Assert.DoesNotContain("overloaded", text);
    }

    [Fact]
    public async Task A_reset_after_a_token_breaks_the_stream()
    {
        var attempt = _fixture.AttemptAsync(Tests.Calls.ChatCall.Streamed);
        var server = await _fixture.Server.RequestAsync();
        await server.BeginStreamAsync(Hi);
        var stream = (await attempt).Stream!;

        await server.ResetAsync();

        Assert.Equal((StreamStep.Broken, Hi), await ReadToEndAsync(stream));
        Assert.NotNull(stream.Fault);
    }

    [Fact]
    public async Task A_chunked_stream_without_its_last_chunk_breaks()
    {
        var attempt = _fixture.AttemptAsync(Tests.Calls.ChatCall.Streamed);
        var server = await _fixture.Server.RequestAsync();
        await server.BeginChunkedAsync();
        await server.ChunkAsync(Hi);
        var stream = (await attempt).Stream!;

        server.Fin();

        Assert.Equal(StreamStep.Broken, (await ReadToEndAsync(stream)).Step);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_the_finish_reason_an_end_without_DONE_is_complete(bool reset)
    {
        var attempt = _fixture.AttemptAsync(Tests.Calls.ChatCall.Streamed);
        var server = await _fixture.Server.RequestAsync();
        await server.BeginChunkedAsync();
        await server.ChunkAsync(Hi + Stop);
        var stream = (await attempt).Stream!;

        if (reset)
        {
            await server.ResetAsync();
        }
        else
        {
            server.Fin();
        }

        Assert.Equal((StreamStep.Complete, Hi + Stop + Done), await ReadToEndAsync(stream));
    }

    [Fact]
    public async Task A_stream_that_came_in_one_piece_is_complete_at_its_opening()
    {
        var result = await _fixture.StreamAsync(
            server => server.AnswerAsync(200, Hi + Stop + Done, "content-type: text/event-stream"));

        Assert.Equal((StreamStep.Complete, Hi + Stop + Done), await ReadToEndAsync(result.Stream!));
    }

    [Theory]
    [InlineData(TimeoutKind.FirstToken)]
    [InlineData(TimeoutKind.Attempt)]
    public async Task No_token_in_time_is_a_timeout_though_comments_come(TimeoutKind kind)
    {
        var (first, attempt) = kind == TimeoutKind.FirstToken ? (30, 60) : (60, 30);
        _fixture.Timeouts = new TimeoutOptions
        {
            FirstToken = TimeSpan.FromSeconds(first), Attempt = TimeSpan.FromSeconds(attempt),
        };

        var result = await _fixture.StreamAsync(async server =>
        {
            await server.BeginStreamAsync(Role, ": ping\n\n");
            _fixture.Time.Advance(TimeSpan.FromSeconds(30));
            await server.ClosedAsync();
        });

        Assert.Equal((Outcome.Timeout, kind), (result.Fault!.Outcome, _fixture.Clock.Struck));
    }

    [Fact]
    public async Task After_the_first_token_neither_of_these_limits_strikes()
    {
        _fixture.Timeouts = new TimeoutOptions { Idle = TimeSpan.Zero };
        var (server, stream) = await OpenAsync();

        _fixture.Time.Advance(TimeSpan.FromMinutes(30));
        await server.SendAsync(Stop + Done);

        Assert.Equal(StreamStep.Complete, (await ReadToEndAsync(stream)).Step);
    }

    [Fact]
    public async Task A_stream_without_tokens_for_too_long_breaks_though_comments_come()
    {
        var (server, stream) = await OpenAsync();
        await server.SendAsync(": still here\n\n");
        var rest = ReadToEndAsync(stream);

        _fixture.Time.Advance(_fixture.Timeouts.Idle);

        Assert.Equal(StreamStep.Broken, (await rest.SoonAsync()).Step);
        Assert.Equal(Outcome.Timeout, stream.Fault!.Outcome);
        // As whoever reads a broken stream does: what struck between two reads closes nothing by itself.
        stream.Dispose();
        await server.ClosedAsync();
    }

    [Theory]
    [InlineData(TimeoutKind.Idle)]
    [InlineData(TimeoutKind.Throughput)]
    [InlineData(TimeoutKind.Call)]
    public async Task A_limit_that_strikes_after_the_finish_reason_costs_nothing(TimeoutKind kind)
    {
        _fixture.Timeouts = kind switch
        {
            TimeoutKind.Idle => new TimeoutOptions(),
            TimeoutKind.Throughput => new TimeoutOptions { Idle = TimeSpan.Zero, MinThroughput = 1_000 },
            _ => new TimeoutOptions { Idle = TimeSpan.Zero },
        };
        _fixture.Deadline = kind == TimeoutKind.Call ? TimeSpan.FromMinutes(1) : TimeSpan.MaxValue;
        var (_, stream) = await OpenAsync(Hi + Stop);
        var rest = ReadToEndAsync(stream);

        _fixture.Time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal((StreamStep.Complete, Hi + Stop + Done), await rest.SoonAsync());
        Assert.Equal(kind, _fixture.Clock.Struck);
    }

    [Fact]
    public async Task A_deadline_that_strikes_inside_the_stream_is_nobodys_failure()
    {
        _fixture.Deadline = TimeSpan.FromSeconds(20);
        var (_, stream) = await OpenAsync();
        var rest = ReadToEndAsync(stream);

        _fixture.Time.Advance(TimeSpan.FromSeconds(20));

        Assert.Equal(StreamStep.Broken, (await rest.SoonAsync()).Step);
        Assert.Equal(Outcome.Cancelled, stream.Fault!.Outcome);
    }

    [Fact]
    public async Task When_the_caller_leaves_the_stream_ends_upstream()
    {
        var (server, stream) = await OpenAsync(Hi + Stop);
        var rest = ReadToEndAsync(stream);

        await _fixture.Caller.CancelAsync();

        Assert.Equal(StreamStep.Broken, (await rest.SoonAsync()).Step);
        Assert.Equal(Outcome.Cancelled, stream.Fault!.Outcome);
        // As whoever reads a broken stream does: what struck between two reads closes nothing by itself.
        stream.Dispose();
        await server.ClosedAsync();
    }

    [Fact]
    public async Task Disposing_a_stream_closes_its_connection()
    {
        var (server, stream) = await OpenAsync();

        stream.Dispose();

        await server.ClosedAsync();
    }

    [Fact]
    public async Task The_usage_is_known_though_its_chunk_is_held_back()
    {
        var (server, stream) = await OpenAsync(Hi + Stop);
        await server.SendAsync(
            "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":2}}\n\n" + Done);

        var (step, text) = await ReadToEndAsync(stream);

        Assert.Equal((StreamStep.Complete, Hi + Stop + Done), (step, text));
        Assert.Equal(new Usage(5, 2), stream.Usage);
    }

    [Fact]
    public async Task An_event_over_the_bound_breaks_the_stream()
    {
        using var fixture = new ClientFixture(new ProviderClientOptions { MaxEventBytes = 20_000 });

        var result = await fixture.StreamAsync(async server =>
        {
            await server.BeginStreamAsync("data: " + new string('x', 60_000));
            await server.ClosedAsync();
        });

        Assert.Contains("20000 bytes", result.Fault!.Message);
    }

    [Fact]
    public async Task Comments_without_end_before_the_first_token_are_a_bad_answer()
    {
        using var fixture = new ClientFixture(new ProviderClientOptions { MaxPreCommitBytes = 10_000 });

        var result = await fixture.StreamAsync(async server =>
        {
            await server.BeginStreamAsync([.. Enumerable.Repeat(": PROCESSING\n\n", 5_000)]);
            await server.ClosedAsync();
        });

        Assert.Equal(Outcome.BadAnswer, result.Fault!.Outcome);
        Assert.Contains("10000 bytes", result.Fault.Message);
    }

    [Fact]
    public async Task A_large_event_goes_through()
    {
        var large = Hi.Replace("Hi", new string('x', 300_000), StringComparison.Ordinal);

        var result = await _fixture.StreamAsync(
            server => server.AnswerAsync(200, large + Stop + Done, "content-type: text/event-stream"));

        Assert.Equal((StreamStep.Complete, large + Stop + Done), await ReadToEndAsync(result.Stream!));
    }

    public void Dispose() => _fixture.Dispose();

    private async Task<(ScriptedConnection Server, ProviderStream Stream)> OpenAsync(string events = Hi)
    {
        var attempt = _fixture.AttemptAsync(Tests.Calls.ChatCall.Streamed);
        var server = await _fixture.Server.RequestAsync();
        await server.BeginStreamAsync(events);
        return (server, (await attempt).Stream!);
    }
}

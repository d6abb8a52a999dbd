using System.Net;
using System.Text.Json;
using Holdfast.Simulator;

namespace Holdfast.System.Tests.Simulator;

public sealed class FailureTests : SimulatorFixture
{
    public static TheoryData<string, string> BothDialects => new()
    {
        { "openai", Streamed(Chat) }, { "anthropic", Streamed(Message) },
    };

    [Theory, MemberData(nameof(BothDialects))]
    public async Task Cuts_a_stream_with_fin_after_delivering_what_came_before(string provider, string body)
    {
        for (var i = 0; i < 30; i++)
        {
            Fail(provider, "\"cutAfter\": {\"share\": 1, \"chunks\": 4, \"how\": \"fin\"}");
            using var exchange = await RawExchange.SendAsync(Url(provider), body);

            await exchange.ReadToEndAsync();

            Assert.False(exchange.EndedByReset);
            Assert.False(exchange.EndedWhole);
            Assert.Equal(4, Pieces(exchange.Text));
        }
    }

    [Theory, MemberData(nameof(BothDialects))]
    public async Task Cuts_a_stream_with_a_reset_after_delivering_what_came_before(string provider, string body)
    {
        for (var i = 0; i < 30; i++)
        {
            Fail(provider, "\"cutAfter\": {\"share\": 1, \"chunks\": 4, \"how\": \"rst\"}");
            using var exchange = await RawExchange.SendAsync(Url(provider), body);

            await exchange.ReadToEndAsync();

            Assert.True(exchange.EndedByReset);
            Assert.Equal(4, Pieces(exchange.Text));
        }
    }

    [Theory, MemberData(nameof(BothDialects))]
    public async Task Ends_a_clean_cut_whole_but_without_a_finish_reason(string provider, string body)
    {
        Fail(provider, "\"cutAfter\": {\"share\": 1, \"chunks\": 4, \"how\": \"clean\"}");
        using var exchange = await RawExchange.SendAsync(Url(provider), body);

        await exchange.ReadToEndAsync();

        Assert.True(exchange.EndedWhole);
        Assert.Equal(4, Pieces(exchange.Text));
        Assert.DoesNotContain("\"stop\"", exchange.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("end_turn", exchange.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fin", false)]
    [InlineData("rst", true)]
    public async Task Cuts_a_plain_answer_in_the_middle(string how, bool reset)
    {
        Fail("openai", $$"""
            "cutAfter": {"share": 1, "how": "{{how}}"}
            """);
        using var exchange = await RawExchange.SendAsync(Url("openai"), Chat);

        await exchange.ReadToEndAsync();

        var (head, body) = (exchange.Text.Split("\r\n\r\n")[0], exchange.Text.Split("\r\n\r\n")[1]);
        Assert.Equal(reset, exchange.EndedByReset);
        Assert.StartsWith("{\"id\":", body, StringComparison.Ordinal);
        Assert.Matches("(?i)content-length: [0-9]+", head);
        Assert.DoesNotContain("usage", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resets_a_refused_connection_without_a_byte()
    {
        Fail("openai", "\"refuse\": 1");
        using var exchange = await RawExchange.SendAsync(Url("openai"), Chat);

        await exchange.ReadToEndAsync();

        Assert.True(exchange.EndedByReset);
        Assert.Equal("", exchange.Text);
    }

    [Theory]
    [InlineData("\"silent\": 1", false, 0)]
    [InlineData("\"silentAfterHeaders\": 1", true, 0)]
    [InlineData("\"stallAfter\": {\"share\": 1, \"chunks\": 2}", true, 2)]
    public async Task Goes_quiet_and_notices_that_the_client_leaves(string failure, bool head, int pieces)
    {
        Fail("openai", failure);
        using (var exchange = await RawExchange.SendAsync(Url("openai"), ChatStream))
        {
            await UntilAsync(() => Simulator.Counters("openai").Failures.Count == 1);
            await exchange.ReadUntilAsync(text => Pieces(text) >= pieces
                && (!head || text.Contains("\r\n\r\n", StringComparison.Ordinal)));
            await exchange.ReadUntilQuietAsync(TimeSpan.FromMilliseconds(200));
            Assert.Equal(head, exchange.Text.Contains("\r\n\r\n", StringComparison.Ordinal));
            Assert.Equal(pieces, Pieces(exchange.Text));
            Assert.Equal(1, Simulator.Counters("openai").InFlight);
        }

        await UntilAsync(() => Simulator.Counters("openai") is { ClientGone: 1, InFlight: 0 });
    }

    [Fact]
    public async Task Sends_pings_and_nothing_else()
    {
        Fail("anthropic", "\"pingsOnly\": {\"share\": 1, \"intervalMs\": 1}");
        using var exchange = await RawExchange.SendAsync(Url("anthropic"), Streamed(Message));

        await exchange.ReadUntilAsync("event: ping");

        Assert.DoesNotContain("message_start", exchange.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("status500", 500, "application/json")]
    [InlineData("status529", 529, "application/json")]
    [InlineData("status418", 418, "application/json")]
    [InlineData("html502", 502, "text/html")]
    [InlineData("html200", 200, "text/html")]
    [InlineData("quota", 429, "application/json")]
    public async Task Answers_with_a_status(string failure, int status, string type)
    {
        Fail("openai", $"\"{failure}\": 1");

        using var response = await PostAsync("openai", Chat);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(type, response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(1, Simulator.Counters("openai").Failures[failure]);
    }

    [Theory]
    [InlineData("openai", "\"retryAfter\": 2", "retry-after", "^2$")]
    [InlineData("openai", "\"retryAfterMs\": 250", "retry-after-ms", "^250$")]
    [InlineData("openai", "\"retryAfterDate\": 5", "retry-after", "^[A-Z][a-z]{2}, .* GMT$")]
    [InlineData("azure", "\"share\": 1", "retry-after-ms", "^0$")]
    public async Task Says_when_to_retry(string provider, string delay, string header, string pattern)
    {
        Fail(provider, $$"""
            "status429": { {{delay}} }
            """);

        using var response = await PostAsync(provider, Chat);

        Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        Assert.Matches(pattern, Assert.Single(response.Headers.GetValues(header)));
    }

    [Fact]
    public async Task Puts_the_delay_of_gemini_into_the_body()
    {
        Fail("gemini", "\"status429\": {\"share\": 1, \"retryAfter\": 7}");

        using var response = await PostAsync("gemini", Chat);

        Assert.False(response.Headers.Contains("retry-after"));
        Assert.Contains("\"retryDelay\":\"7s\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tells_a_spend_limit_of_anthropic_in_the_details()
    {
        Fail("anthropic", "\"quota\": 1");

        var error = await AskAsync("anthropic", Message);

        Assert.Equal("enforced_spend_limit_reached",
            error.GetProperty("error").GetProperty("details").GetProperty("error_code").GetString());
    }

    [Fact]
    public async Task Breaks_one_chunk_and_goes_on()
    {
        Fail("openai", "\"badChunk\": {\"share\": 1, \"chunks\": 2}");

        var events = await StreamAsync("openai", ChatStream);

        Assert.Single(events, one => one.Data != "[DONE]" && !IsJson(one.Data));
        Assert.Equal("[DONE]", events[^1].Data);
        Assert.Equal(0, Simulator.Counters("openai").CompletedStreams);
    }

    [Theory]
    [InlineData("openai", false)]
    [InlineData("groq", true)]
    public async Task Tells_an_error_in_the_middle_of_a_stream(string provider, bool withStatus)
    {
        Fail(provider, "\"errorMidStream\": {\"share\": 1, \"chunks\": [1, 3]}");

        var error = JsonElement.Parse((await StreamAsync(provider, ChatStream))[^1].Data).GetProperty("error");

        Assert.Equal(withStatus, error.TryGetProperty("status_code", out _));
    }

    [Fact]
    public async Task Answers_without_choices_without_an_end_and_with_nothing_but_the_end()
    {
        Fail("openai", "\"emptyChoices\": 1");
        var empty = await AskAsync("openai", Chat);
        Fail("openai", "\"noDone\": 1");
        var noDone = await StreamAsync("openai", ChatStream);
        Fail("openai", "\"doneOnly\": 1");
        var doneOnly = await StreamAsync("openai", ChatStream);
        Fail("openai", "\"errorIn200\": 1");
        using var errorIn200 = await PostAsync("openai", Chat);

        Assert.Equal(0, empty.GetProperty("choices").GetArrayLength());
        Assert.Contains("\"finish_reason\":\"stop\"", noDone[^1].Data, StringComparison.Ordinal);
        Assert.Equal("[DONE]", Assert.Single(doneOnly).Data);
        Assert.Equal(HttpStatusCode.OK, errorIn200.StatusCode);
        Assert.StartsWith("{\"error\":", await errorIn200.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Is_away_during_an_outage_and_back_after_it()
    {
        Simulator.Set("openai", Behaviour.Parse("""{"outages": [{"from": 0, "to": "1h"}]}"""));
        using var away = await PostAsync("openai", Chat);
        Simulator.Set("openai", Behaviour.Parse("""{"outages": [{"from": "1h", "to": "2h"}]}"""));
        using var back = await PostAsync("openai", Chat);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, away.StatusCode);
        Assert.Equal(HttpStatusCode.OK, back.StatusCode);
        Assert.Equal(1, Simulator.Counters("openai").Failures["outage"]);
    }

    private static int Pieces(string text) =>
        text.Split("\"content\":\"").Skip(1).Count(rest => rest[0] != '"') + text.Split("\"text_delta\"").Length - 1;

    private static bool IsJson(string text)
    {
        try
        {
            using var parsed = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}

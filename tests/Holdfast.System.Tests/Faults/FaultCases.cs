using System.Globalization;
using static Holdfast.System.Tests.Faults.FaultEnding;

namespace Holdfast.System.Tests.Faults;

/// <summary>Everything that goes wrong at providers, each by its name.</summary>
internal static class FaultCases
{
    /// <summary>What a provider says of a request that it doesn't take.</summary>
    public const string Mistake = "The third message has no role.";

    private const string Page = "<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>";
    private const string Html = "content-type: text/html";

    public static readonly IReadOnlyList<FaultCase> All =
    [
        .. Statuses(), .. RateLimits(), .. BrokenAnswers(), .. Silences(), .. Cuts(), .. StreamCases.All(),
        .. ContinuedCases.All(),
    ];

    public static FaultCase Named(string name) => All.Single(one => one.Name == name);

    private static IEnumerable<FaultCase> Statuses()
    {
        foreach (var (status, word) in new[]
        {
            (500, "server_error"), (503, "server_error"), (529, "server_error"), (408, "server_error"),
            (424, "server_error"), (409, "conflict"),
        })
        {
            yield return new($"status {status}",
                turn => turn.AnswerAsync(status, turn.Voice.Error(status, "Something went wrong.")), Elsewhere, word)
            {
                AlsoDown = status == 500,
            };
        }

        foreach (var status in new[] { 400, 422 })
        {
            yield return new($"status {status}", turn => turn.AnswerAsync(status, turn.Voice.Error(status, Mistake)),
                Passed, "caller_error") { AloneStatus = status };
        }

        yield return new("status 402", turn => turn.AnswerAsync(402, turn.Voice.Error(402, "Pay first.")), Elsewhere,
            "quota");
        yield return new("429 with insufficient_quota", turn => turn.AnswerAsync(429, """
            {"error":{"message":"You exceeded your current quota.","type":"insufficient_quota","param":null,
            "code":"insufficient_quota"}}
            """), Elsewhere, "quota") { Voice = ProviderVoice.OpenAi };
        yield return new("502 with a page of HTML", turn => turn.AnswerAsync(502, Page, Html), Elsewhere,
            "server_error");
        yield return new("401 on one of two keys", OneBadKeyAsync, Answered, "ok") { HasTwoKeys = true };
        yield return new("connection refused", _ => Task.CompletedTask, Elsewhere, "refused")
        {
            IsRefused = true, AlsoDown = true,
        };
    }

    private static IEnumerable<FaultCase> RateLimits()
    {
        yield return RateLimit("429 with retry-after", (2, 2), "retry-after: 2");
        yield return RateLimit("429 with retry-after-ms", (2, 2), "retry-after-ms: 1500");
        yield return RateLimit("429 with both", (3, 3), "retry-after: 1", "retry-after-ms: 3000");
        yield return RateLimit("429 with two hours", (60, 60), "retry-after: 7200");
        yield return RateLimit("429 without a delay", (1, 60));
        yield return new("429 with a date", turn =>
            {
                var now = TimeProvider.System.GetUtcNow();
                var then = now.AddSeconds(4).ToString("R", CultureInfo.InvariantCulture);
                return turn.AnswerAsync(429, turn.Voice.Error(429, "Slow down."), $"retry-after: {then}",
                    $"date: {now.ToString("R", CultureInfo.InvariantCulture)}");
            }, Elsewhere, "rate_limited")
        {
            AloneStatus = 429, RetryAfter = (1, 4),
        };
        yield return new("429 with Gemini's RetryInfo", turn => turn.AnswerAsync(429, """
            {"error":{"code":429,"message":"Resource has been exhausted.","status":"RESOURCE_EXHAUSTED","details":[
            {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"4s"}]}}
            """), Elsewhere, "rate_limited")
        {
            AloneStatus = 429, RetryAfter = (4, 4), Voice = ProviderVoice.Gemini,
        };
    }

    private static FaultCase RateLimit(string name, (int, int) retryAfter, params string[] headers) =>
        new(name, turn => turn.AnswerAsync(429, turn.Voice.Error(429, "Slow down."), headers), Elsewhere,
            "rate_limited")
        {
            AloneStatus = 429, RetryAfter = retryAfter, AlsoDown = headers.Length == 1,
        };

    private static IEnumerable<FaultCase> BrokenAnswers()
    {
        yield return new("200 with a page of HTML", turn => turn.AnswerAsync(200, Page, Html), Elsewhere, "bad_answer");
        yield return new("200 with an error body",
            turn => turn.AnswerAsync(200, turn.Voice.Error(500, "Something went wrong.")), Elsewhere,
            "bad_answer|server_error");
        yield return new("200 with no choices", NoChoicesAsync, Elsewhere, "bad_answer")
        {
            Voice = ProviderVoice.OpenAi,
        };
        yield return new("a blocked prompt", BlockedAsync, Filtered, "ok") { Voice = ProviderVoice.Gemini };
        yield return new("a plain answer of another content type",
            turn =>
            {
                turn.Run.Sent = string.Concat(FaultRun.Pieces);
                return turn.AnswerAsync(200, turn.Voice.Whole(turn.Run.Sent), "content-type: application/octet-stream");
            }, Answered, "ok") { Streamed = false };
        yield return new("a content-length that is too long", turn => WithLengthAsync(turn, 7), Elsewhere,
            "bad_answer") { Streamed = false };
        yield return new("a content-length that is too short", turn => WithLengthAsync(turn, -7), Elsewhere,
            "bad_answer") { Streamed = false };
        yield return new("gzip that is none", async turn =>
            {
                if (turn.Streamed)
                {
                    await turn.BeginAsync("content-encoding: gzip");
                    await turn.FinishAsync();
                    return;
                }

                await turn.AnswerAsync(200, turn.Voice.Whole("Not compressed."), "content-encoding: gzip");
            }, Elsewhere, "bad_answer");
        yield return new("UTF-8 in single bytes", async turn =>
            {
                turn.Run.Sent = string.Concat(FaultRun.Pieces);
                var body = ProviderVoice.Text(turn.Voice.Whole(turn.Run.Sent));
                if (!turn.Streamed)
                {
                    await turn.SendAsync("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                        + $"content-length: {body.Length}\r\n\r\n");
                    await turn.SendBytesAsync(body);
                    return;
                }

                await turn.HeadAsync();
                byte[] all =
                [
                    .. turn.Voice.Opening, .. FaultRun.Pieces.SelectMany(turn.Voice.Piece), .. turn.Voice.Closing,
                ];
                foreach (var one in all)
                {
                    // As chunks of one byte, and not only as segments.
                    await turn.SendLargeAsync(ProviderTurn.Chunk([one]));
                }

                await turn.EndAsync();
            }, Answered, "ok");
    }

    private static IEnumerable<FaultCase> Silences()
    {
        yield return new("silent before the head", turn => turn.HoldAsync(), Elsewhere, "timeout")
        {
            Clock = FaultClock.FirstToken, AlsoDown = true,
        };
        yield return new("silent after the head", async turn =>
            {
                if (turn.Streamed)
                {
                    await turn.BeginAsync();
                }
                else
                {
                    await turn.SendAsync("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                        + "content-length: 500\r\n\r\n");
                }

                await turn.HoldAsync();
            }, Elsewhere, "timeout") { Clock = FaultClock.FirstToken };
        yield return new("one byte a second", async turn =>
            {
                var body = ProviderVoice.Text(turn.Voice.Whole("Slowly."));
                if (turn.Streamed)
                {
                    body = [.. turn.Voice.Opening, .. turn.Voice.Piece("Slowly.")];
                    await turn.HeadAsync();
                    await turn.RepeatAsync(i => ProviderTurn.Chunk([body[i]]), milliseconds: 1000);
                    return;
                }

                await turn.SendAsync("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                    + $"content-length: {body.Length}\r\n\r\n");
                await turn.RepeatAsync(i => [body[i]], milliseconds: 1000);
            }, Elsewhere, "timeout") { Clock = FaultClock.FirstToken };
    }

    private static IEnumerable<FaultCase> Cuts()
    {
        foreach (var (how, cut) in new (string, Action<ProviderTurn>)[]
        {
            ("FIN", turn => turn.Fin()), ("RST", turn => turn.Rst()),
        })
        {
            yield return new($"cut by {how} before the head",
                turn => ThenAsync(Task.CompletedTask, turn, cut), Elsewhere, "refused");
            yield return new($"cut by {how} inside the head",
                turn => ThenAsync(turn.SendAsync("HTTP/1.1 200 OK\r\ncontent-ty"), turn, cut), Elsewhere,
                "refused|bad_answer");
            yield return new($"cut by {how} inside the body", turn =>
                {
                    var body = turn.Voice.Whole("This is never heard to its end.");
                    return ThenAsync(turn.SendAsync("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
                        + $"content-length: {body.Length}\r\n\r\n" + body[..turn.Random.Next(1, body.Length)]),
                        turn, cut);
                }, Elsewhere, how == "FIN" ? "bad_answer" : "bad_answer|refused") { Streamed = false };
            yield return new($"cut by {how} after 0 chunks", turn => ThenAsync(turn.BeginAsync(), turn, cut), Elsewhere,
                how == "FIN" ? "bad_answer" : "bad_answer|refused") { Plain = false, AlsoDown = how == "FIN" };
        }
    }

    private static async Task ThenAsync(Task first, ProviderTurn turn, Action<ProviderTurn> cut)
    {
        await first;
        cut(turn);
    }

    /// <summary>Whichever key comes first is the bad one.</summary>
    private static Task OneBadKeyAsync(ProviderTurn turn)
    {
        turn.Run.FirstKey ??= turn.Key;
        return turn.Key == turn.Run.FirstKey
            ? turn.AnswerAsync(401, turn.Voice.Error(401, "Incorrect API key provided."))
            : turn.GoodAsync();
    }

    private static async Task NoChoicesAsync(ProviderTurn turn)
    {
        if (!turn.Streamed)
        {
            await turn.AnswerAsync(200,
                """{"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[]}""");
            return;
        }

        await turn.HeadAsync();
        await turn.EventAsync(ProviderVoice.Text("""
            data: {"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[]}

            data: [DONE]


            """));
        await turn.EndAsync();
    }

    private static async Task BlockedAsync(ProviderTurn turn)
    {
        const string Blocked = """
            {"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"usageMetadata":{"promptTokenCount":3,"totalTokenCount":3},"modelVersion":"m","responseId":"r1"}
            """;
        if (!turn.Streamed)
        {
            await turn.AnswerAsync(200, Blocked);
            return;
        }

        await turn.HeadAsync();
        await turn.EventAsync(ProviderVoice.Text($"data: {Blocked}\r\n\r\n"));
        await turn.EndAsync();
    }

    private static async Task WithLengthAsync(ProviderTurn turn, int off)
    {
        var body = turn.Voice.Whole("A good answer of a wrong length.");
        // Not for another call: what is too much would be the beginning of its answer.
        await turn.SendAsync("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n"
            + $"content-length: {ProviderVoice.Text(body).Length + off}\r\n\r\n{body}");
        turn.Fin();
    }
}

using static Holdfast.System.Tests.Faults.FaultEnding;

namespace Holdfast.System.Tests.Faults;

/// <summary>What goes wrong only in streams.</summary>
internal static class StreamCases
{
    private const int Huge = 64 * 1024 * 1024;

    private static readonly ProviderVoice[] Failing =
    [
        ProviderVoice.OpenAi, ProviderVoice.Anthropic, ProviderVoice.Gemini, ProviderVoice.Bedrock,
        ProviderVoice.Cohere, ProviderVoice.Ollama,
    ];

    public static IEnumerable<FaultCase> All() => new[] { Cuts(), Stalls(), Events(), Frames(), Large(), Tools() }
        .SelectMany(cases => cases).Select(one => one with { Plain = false });

    private static IEnumerable<FaultCase> Cuts()
    {
        foreach (var (how, cut) in new (string, Action<ProviderTurn>)[]
        {
            ("FIN", turn => turn.Fin()), ("RST", turn => turn.Rst()),
        })
        {
            foreach (var pieces in new[] { 1, 5 })
            {
                yield return new($"cut by {how} after {pieces} chunk{(pieces == 1 ? "" : "s")}", async turn =>
                    {
                        await turn.BeginAsync();
                        await turn.PiecesAsync(pieces);
                        cut(turn);
                    }, Cut, "ok");
            }

            if (how == "FIN")
            {
                yield return new("text and FIN in one segment", async turn =>
                    {
                        await turn.BeginAsync();
                        await turn.PiecesAsync(turn.Hit);
                        turn.Run.Sent += FaultRun.Pieces[turn.Hit];
                        await turn.SendLargeAsync(ProviderTurn.Chunk(turn.Voice.Piece(FaultRun.Pieces[turn.Hit])));
                        cut(turn);
                    }, Cut, "ok");
            }

            yield return new($"cut by {how} inside a line", async turn =>
                {
                    await turn.BeginAsync();
                    await turn.PiecesAsync(turn.Hit);
                    var line = turn.Voice.Piece(FaultRun.Pieces[turn.Hit]);
                    await turn.EventAsync(line[..turn.Random.Next(1, line.Length - 2)]);
                    cut(turn);
                }, Cut, "ok");
        }

        yield return new("a clean end before the finish reason", async turn =>
            {
                await turn.BeginAsync();
                await turn.PiecesAsync(turn.Hit);
                await turn.EndAsync();
            }, Cut, "ok");
        yield return new("[DONE] before the finish reason", async turn =>
            {
                await turn.BeginAsync();
                await turn.PiecesAsync(turn.Hit);
                await turn.EventAsync("data: [DONE]\n\n"u8.ToArray());
                await turn.EndAsync();
            }, Cut, "ok") { Voice = ProviderVoice.OpenAi };
    }

    private static IEnumerable<FaultCase> Stalls()
    {
        yield return new("a stall", async turn =>
            {
                await turn.BeginAsync();
                await turn.PiecesAsync(turn.Hit);
                await turn.HoldAsync();
            }, Cut, "ok") { Clock = FaultClock.Idle };
        yield return new("one byte a second after the first token", async turn =>
            {
                await turn.BeginAsync();
                await turn.PiecesAsync(turn.Hit);
                var line = turn.Voice.Piece(FaultRun.Pieces[turn.Hit]);
                await turn.RepeatAsync(i => ProviderTurn.Chunk([line[i]]), milliseconds: 1000);
            }, Cut, "ok") { Clock = FaultClock.Idle };
        yield return new("pings only", async turn =>
            {
                await turn.BeginAsync();
                await turn.RepeatAsync(_ => ProviderTurn.Chunk(turn.Voice.Ping), milliseconds: 40);
            }, Elsewhere, "timeout") { Clock = FaultClock.FirstToken };
        yield return new("pings only after the first token", async turn =>
            {
                await turn.BeginAsync();
                await turn.PiecesAsync(turn.Hit);
                await turn.RepeatAsync(_ => ProviderTurn.Chunk(turn.Voice.Ping), milliseconds: 40);
            }, Cut, "ok") { Clock = FaultClock.Idle };
        yield return new("pings between tokens", async turn =>
            {
                await turn.BeginAsync();
                await turn.EventAsync(turn.Voice.Ping);
                await turn.PiecesAsync(turn.Hit);
                await turn.EventAsync(turn.Voice.Ping);
                await turn.FinishAsync(turn.Hit);
            }, Answered, "ok");
    }

    private static IEnumerable<FaultCase> Events()
    {
        yield return new("a malformed first chunk", async turn =>
            {
                await turn.BeginAsync();
                await turn.EventAsync(turn.Voice.Malformed);
                await turn.FinishAsync();
            }, Elsewhere, "bad_answer");
        yield return new("a malformed chunk in the middle", async turn =>
            {
                await turn.BeginAsync();
                await turn.PiecesAsync(turn.Hit);
                await turn.EventAsync(turn.Voice.Malformed);
                await turn.RestAsync(turn.Hit);
            }, Cut, "ok");
        foreach (var (what, broken) in new (string, Func<ProviderVoice, byte[]>)[]
        {
            ("a malformed chunk", voice => voice.Malformed), ("an error event", voice => voice.ErrorEvent),
        })
        {
            yield return new($"text and {what} in one segment", async turn =>
                {
                    await turn.BeginAsync();
                    await turn.PiecesAsync(turn.Hit);
                    turn.Run.Sent += FaultRun.Pieces[turn.Hit];
                    await turn.SendLargeAsync(ProviderTurn.Chunk(
                        [.. turn.Voice.Piece(FaultRun.Pieces[turn.Hit]), .. broken(turn.Voice)]));
                    await turn.EndAsync();
                }, Cut, "ok");
        }

        foreach (var voice in Failing)
        {
            var name = voice == ProviderVoice.OpenAi ? "openai" : voice.Type;
            yield return new($"an error event of {name} first", async turn =>
                {
                    await turn.HeadAsync();
                    if (voice == ProviderVoice.Cohere)
                    {
                        await turn.EventAsync(voice.Opening);
                    }

                    await turn.EventAsync(voice.ErrorEvent);
                    await turn.EndAsync();
                }, Elsewhere, "bad_answer|server_error") { Voice = voice };
            yield return new($"an error event of {name} in the middle", async turn =>
                {
                    await turn.BeginAsync();
                    await turn.PiecesAsync(turn.Hit);
                    await turn.EventAsync(voice.ErrorEvent);
                    await turn.EndAsync();
                }, Cut, "ok") { Voice = voice };
        }
    }

    private static IEnumerable<FaultCase> Frames()
    {
        foreach (var type in new[] { "text/html", "application/json" })
        {
            yield return new($"a stream as {type}", async turn =>
                {
                    await turn.BeginAsync($"content-type: {type}");
                    await turn.FinishAsync();
                }, Elsewhere, "bad_answer");
        }

        yield return new("a stream as text/plain", async turn =>
            {
                await turn.BeginAsync("content-type: text/plain");
                await turn.FinishAsync();
            }, Answered, "ok");
        yield return new("a content-length that ends before the first token", turn =>
            WithLengthAsync(turn, pieces: 0), Elsewhere, "bad_answer");
        yield return new("a content-length that ends in the middle", turn =>
            WithLengthAsync(turn, pieces: turn.Hit), Cut, "ok");
    }

    private static IEnumerable<FaultCase> Large()
    {
        yield return new("a first event of 64 MiB", async turn =>
            {
                await turn.BeginAsync();
                await EndlessAsync(turn);
            }, Elsewhere, "bad_answer");
        yield return new("an event of 64 MiB in the middle", async turn =>
            {
                await turn.BeginAsync();
                await turn.PiecesAsync(turn.Hit);
                await EndlessAsync(turn);
            }, Cut, "ok");
    }

    private static IEnumerable<FaultCase> Tools()
    {
        // OpenAI's callers get them as they come; for all others they are put into their order.
        yield return new("tool-call deltas of openai out of order", ToolStreams.MixedAsync, Calls, "ok")
        {
            Voice = ProviderVoice.OpenAi,
        };
        yield return new("tool-call deltas of openai out of order after text", async turn =>
            {
                await turn.BeginAsync();
                await turn.PiecesAsync(turn.Hit);
                await ToolStreams.MixedAsync(turn);
            }, Calls, "ok") { Voice = ProviderVoice.OpenAi };
        yield return new("tool-call deltas of anthropic out of order", ToolStreams.MixedAsync, Calls, "ok")
        {
            Voice = ProviderVoice.Anthropic,
        };
    }

    /// <summary>One event, in chunks of 64 KiB.</summary>
    private static async Task EndlessAsync(ProviderTurn turn)
    {
        await turn.SendLargeAsync(ProviderTurn.Chunk("data: {\"x\":\""u8.ToArray()));
        var chunk = ProviderTurn.Chunk([.. Enumerable.Repeat((byte)'x', 64 * 1024)]);
        for (var sent = 0; sent < Huge; sent += 64 * 1024)
        {
            await turn.SendLargeAsync(chunk);
        }

        await turn.SendLargeAsync(ProviderTurn.Chunk("\"}\n\n"u8.ToArray()));
        await turn.EndAsync();
    }

    /// <summary>A stream without chunks, whose announced length ends inside the piece after so many.</summary>
    private static async Task WithLengthAsync(ProviderTurn turn, int pieces)
    {
        byte[] good =
        [
            .. turn.Voice.Opening, .. FaultRun.Pieces.Take(pieces).SelectMany(turn.Voice.Piece),
        ];
        byte[] bad = turn.Voice.Piece(FaultRun.Pieces[pieces]);
        await turn.HeadAsync($"content-length: {good.Length + (bad.Length / 2)}", "connection: close");
        await turn.SendAsync(good);
        await turn.ReceivedAsync(pieces);
        await turn.SendAsync(bad);
        turn.Fin();
    }
}

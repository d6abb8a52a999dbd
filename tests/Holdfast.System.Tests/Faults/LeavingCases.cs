namespace Holdfast.System.Tests.Faults;

/// <summary>Where a call can be when its caller leaves.</summary>
internal static class LeavingCases
{
    public static readonly IReadOnlyList<FaultCase> All =
    [
        Of("before its request is whole", turn => turn.GoodAsync()) with { LeavesAfter = 0 },
        Of("before the provider's head", turn => turn.HoldAsync()),
        Of("before the first token", async turn =>
        {
            await turn.BeginAsync();
            await turn.HoldAsync();
        }) with { Plain = false },
        Of("inside the body", async turn =>
        {
            await turn.SendAsync("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{");
            await turn.HoldAsync();
        }) with { Streamed = false },
        Of("in the middle of a stream", async turn =>
        {
            await turn.BeginAsync();
            await turn.PiecesAsync(turn.Hit);
            await turn.HoldAsync();
        }) with { Plain = false },
        Of("while the second target is asked", turn => turn.Run.Requests == 1
            ? turn.AnswerAsync(500, turn.Voice.Error(500, "Something went wrong.")) : turn.HoldAsync())
            with { LeavesAfter = 2 },
        .. new[] { FaultFace.OpenAi, FaultFace.Anthropic }.Select(face => Of(
            $"while another target is asked to go on with its {face.Name} stream", async turn =>
            {
                if (turn.Run.Requests > 1)
                {
                    await turn.HoldAsync();
                    return;
                }

                await turn.BeginAsync();
                await turn.EventAsync(turn.Voice.Piece(FaultRun.Pieces[0]));
                turn.Fin();
            }) with { LeavesAfter = 2, Plain = false, Face = face, Continues = true }),
    ];

    private static FaultCase Of(string name, Func<ProviderTurn, Task> play) => new($"caller leaves {name}",
        // The provider is itself again afterwards.
        turn => turn.Run.HasLeft ? turn.GoodAsync() : play(turn), FaultEnding.Answered, "ok")
    {
        MaxConcurrency = 1, LeavesAfter = 1,
    };
}

namespace Holdfast.System.Tests.Faults;

/// <summary>Where a call can be when its caller leaves.</summary>
internal static class LeavingCases
{
    public static readonly IReadOnlyList<FaultCase> All =
    [
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
    ];

    private static FaultCase Of(string name, Func<ProviderTurn, Task> play) => new($"caller leaves {name}",
        // The provider is itself again afterwards.
        turn => turn.Run.Requests == 1 ? play(turn) : turn.GoodAsync(), FaultEnding.Answered, "ok")
    {
        MaxConcurrency = 1,
    };
}

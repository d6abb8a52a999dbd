namespace Holdfast.Bench.StreamLoad;

/// <summary>Keeps streams open: first a quarter of them, so that the rest show what each takes.</summary>
internal static class OpenStreams
{
    /// <summary>
    /// Their first tokens, the gaps between tokens, resident memory at a quarter in KB, and bytes for each of the rest.
    /// </summary>
    public static async Task<string> RunAsync(LoadClient client, int open, TimeSpan length, int pid)
    {
        var few = Math.Max(1, open / 4);
        var most = 0L;
        for (var turn = 0; turn < 3; turn++)
        {
            // With rests between: only then does the runtime compile the final code.
            await client.OpenStreamsAsync(few, TimeSpan.FromSeconds(2), Look);
            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System);
        }

        var before = most;
        client.ForgetGaps();
        var firstTokens = await client.OpenStreamsAsync(open, length, Look);
        return string.Join('\t', Figures.Of(firstTokens.Count, client.Failures, firstTokens), Figures.Of(client.Gaps),
            before / 1024, (most - before) / (open - few));

        void Look() => most = Math.Max(most, ResidentMemory.OfProcess(pid));
    }
}

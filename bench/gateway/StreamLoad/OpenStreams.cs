namespace Holdfast.Bench.StreamLoad;

/// <summary>Keeps streams open: first a quarter of them, so that the rest show what each takes.</summary>
internal static class OpenStreams
{
    /// <summary>
    /// Their first tokens, the gaps between tokens, resident memory at its most in KB, bytes that are held for each of
    /// the rest, and microseconds of the process's processor time for each stream.
    /// </summary>
    public static async Task<string> RunAsync(LoadClient client, int open, TimeSpan length, int seed, int pid,
        MemoryWatch memory)
    {
        var moments = new Random(seed);
        var few = Math.Max(1, open / 4);
        for (var turn = 0; turn < 3; turn++)
        {
            // With rests between: only then does the runtime compile the final code.
            memory.Forget();
            await client.OpenStreamsAsync(few, TimeSpan.FromSeconds(3), moments, memory.LookAsync);
            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System);
        }

        var before = memory.Held;
        memory.Forget();
        client.ForgetGaps();
        var worked = WatchedProcess.ProcessorTime(pid);
        var firstTokens = await client.OpenStreamsAsync(open, length, moments, memory.LookAsync);
        worked = WatchedProcess.ProcessorTime(pid) - worked;
        var each = worked.TotalMicroseconds / Math.Max(1, firstTokens.Count);
        return string.Join('\t', Figures.Of(firstTokens.Count, client.Failures, firstTokens), Figures.Of(client.Gaps),
            memory.Most / 1024, (memory.Held - before) / (open - few), FormattableString.Invariant($"{each:0}"));
    }
}

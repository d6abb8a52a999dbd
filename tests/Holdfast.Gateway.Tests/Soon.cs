namespace Holdfast.Gateway.Tests;

/// <summary>
/// Keeps a broken test from hanging: what a test waits for is there at once, or something is wrong. No test depends on
/// how long this is.
/// </summary>
internal static class Soon
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    public static Task SoonAsync(this Task awaited) => awaited.WaitAsync(Longest, TimeProvider.System);

    public static Task<T> SoonAsync<T>(this Task<T> awaited) => awaited.WaitAsync(Longest, TimeProvider.System);

    /// <summary>Waits for what another thread is about to do and nothing tells of.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Longest, TimeProvider.System);
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, limit.Token);
        }
    }
}

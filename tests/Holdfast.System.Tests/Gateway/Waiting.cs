namespace Holdfast.System.Tests.Gateway;

/// <summary>Bounded waits for what another process or thread is about to do.</summary>
internal static class Waiting
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(15);

    public static Task UntilAsync(Func<bool> condition, string what, double seconds = 20) =>
        UntilAsync(() => Task.FromResult(condition()), what, seconds);

    public static async Task UntilAsync(Func<Task<bool>> condition, string what, double seconds = 20)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started).TotalSeconds < seconds, $"waited in vain: {what}");
            await Task.Delay(Pause, TimeProvider.System);
        }
    }

    public static CancellationTokenSource Limit(double seconds = 20) =>
        new(TimeSpan.FromSeconds(seconds), TimeProvider.System);
}

namespace Holdfast.Tests;

/// <summary>
/// Keeps a broken test from hanging: what a test waits for is there at once, or something is wrong. No test depends on
/// how long this is.
/// </summary>
internal static class Soon
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    public static Task SoonAsync(this Task awaited) => awaited.WaitAsync(Longest, TimeProvider.System);

    public static Task<T> SoonAsync<T>(this Task<T> awaited) => awaited.WaitAsync(Longest, TimeProvider.System);

    public static Task<T> OfAsync<T>(ValueTask<T> awaited) => awaited.AsTask().SoonAsync();

    public static void Until(Func<bool> isSo) => Assert.True(SpinWait.SpinUntil(isSo, Longest), "it never came");
}

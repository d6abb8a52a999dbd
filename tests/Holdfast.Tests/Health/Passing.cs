namespace Holdfast.Tests.Health;

/// <summary>Lets time pass for a monitor, which runs on other threads.</summary>
internal static class Passing
{
    // What a monitor waits for at the most before it looks again. The checks of these tests have longer limits, so that
    // the one can be told from the other.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Lets time pass from one look of the monitor to the next until something has happened: it may have set its timer
    /// by what it saw before the time went on. Only while it waits, and no check is on its way but those that hang, or
    /// time would run away from what is still being done.
    /// </summary>
    public static void Until(ManualTimeProvider time, Func<bool> isSo, int hanging = 0) => Soon.Until(() =>
    {
        if (isSo())
            return true;
        if (time.Armed == 1 + hanging)
            time.AdvanceToNextWithin(LongestWait);
        return false;
    });
}

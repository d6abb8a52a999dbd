namespace Holdfast.Gateway.Routing;

/// <summary>
/// How long a caller that has half of an answer waits for somebody to go on with it: from now on as long as it would
/// for the next token, all waits together.
/// </summary>
internal sealed class ReaderPatience(TimeProvider time)
{
    private readonly long _since = time.GetTimestamp();

    /// <summary>What is left of it for a target; <see cref="TimeSpan.MaxValue"/> where that knows no limit.</summary>
    public TimeSpan LeftFor(Target target)
    {
        if (target.Timeouts.Idle is not { Ticks: > 0 } idle)
        {
            return TimeSpan.MaxValue;
        }

        var left = idle - time.GetElapsedTime(_since);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}

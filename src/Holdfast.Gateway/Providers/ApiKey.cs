using Holdfast.Failover;

namespace Holdfast.Gateway.Providers;

/// <summary>
/// One key of a provider and what is known of it: held after a quota end (5 minutes, growing to an hour), marked
/// after the provider called it bad. It survives a reload of the configuration.
/// </summary>
internal sealed class ApiKey(string value, TimeProvider time)
{
    private static readonly TimeSpan FirstHold = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongestHold = TimeSpan.FromHours(1);

    private readonly Cooldown _held = new(time);
    private int _holds;
    private volatile bool _isMarked;

    /// <summary>The secret itself: for the authorization header and for redaction only.</summary>
    public string Value { get; } = value;

    /// <summary>The provider called it bad, and no call has succeeded with it since.</summary>
    public bool IsMarked => _isMarked;

    public bool IsHeld => !_held.IsOver;

    public TimeSpan HeldFor => _held.Remaining;

    /// <summary>Its quota or credit is used up: nothing is sent with it for a while.</summary>
    public void Hold()
    {
        // Concurrent calls that all run into the same end are one end: the hold grows once it has passed.
        if (IsHeld)
        {
            return;
        }

        var times = Math.Min(Interlocked.Increment(ref _holds) - 1, 10);
        var hold = FirstHold * Math.Pow(2, times);
        _held.Extend(hold < LongestHold ? hold : LongestHold);
    }

    public void Mark() => _isMarked = true;

    /// <summary>An answer came: whatever was wrong with the key is over.</summary>
    public void Worked()
    {
        if (_isMarked)
        {
            _isMarked = false;
        }

        if (Volatile.Read(ref _holds) != 0)
        {
            Volatile.Write(ref _holds, 0);
        }
    }
}

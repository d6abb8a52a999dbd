using Holdfast.Failover;

namespace Holdfast.Gateway.Providers;

/// <summary>
/// One key of a provider and what is known of it: held after a quota end (5 minutes, growing to an hour), marked
/// after the provider called it bad, as long. It survives a reload of the configuration.
/// </summary>
internal sealed class ApiKey(string value, TimeProvider time)
{
    private static readonly TimeSpan First = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private readonly Cooldown _held = new(time);
    private readonly Cooldown _marked = new(time);
    private int _holds;
    private int _marks;

    /// <summary>The secret itself: for the authorization header and for redaction only.</summary>
    public string Value { get; } = value;

    /// <summary>The value as most providers want to see it.</summary>
    public string Bearer { get; } = "Bearer " + value;

    /// <summary>
    /// The provider called it bad not long ago, and no call has succeeded with it since. The mark passes, so that a key
    /// that was put right, or refused by mistake, comes back by itself.
    /// </summary>
    public bool IsMarked => !_marked.IsOver;

    public bool IsHeld => !_held.IsOver;

    public TimeSpan HeldFor => _held.Remaining;

    /// <summary>Its quota or credit is used up: nothing is sent with it for a while.</summary>
    public void Hold() => Extend(_held, ref _holds);

    /// <summary>The provider called it bad: another one comes first for a while.</summary>
    public void Mark() => Extend(_marked, ref _marks);

    /// <summary>An answer came: whatever was wrong with the key is over.</summary>
    public void Worked()
    {
        if (Volatile.Read(ref _marks) != 0)
        {
            Volatile.Write(ref _marks, 0);
            _marked.Clear();
        }

        if (Volatile.Read(ref _holds) != 0)
        {
            Volatile.Write(ref _holds, 0);
        }
    }

    /// <summary>Somebody says by hand that whatever was wrong with the key is over.</summary>
    public void Release()
    {
        Volatile.Write(ref _marks, 0);
        Volatile.Write(ref _holds, 0);
        _marked.Clear();
        _held.Clear();
    }

    private static void Extend(Cooldown rest, ref int times)
    {
        // Concurrent calls that all run into the same end are one end: the next one is longer once this has passed.
        if (!rest.IsOver)
        {
            return;
        }

        var before = Math.Min(Interlocked.Increment(ref times) - 1, 10);
        var delay = First * Math.Pow(2, before);
        rest.Extend(delay < Longest ? delay : Longest);
    }
}

using System.Globalization;

namespace Holdfast.Gateway.Admin;

/// <summary>One thing that happened.</summary>
/// <param name="Number">1 for the first since the process began.</param>
/// <param name="Name">What kind of thing: <c>health</c>, <c>circuit</c>, <c>mode</c>, <c>configuration</c>.</param>
/// <param name="Data">One JSON object on one line.</param>
internal sealed record LiveEvent(long Number, string Name, ReadOnlyMemory<byte> Data);

/// <summary>
/// What happens in the gateway, for those who watch: numbered, and the last ones kept. A watcher holds no more than the
/// place where it is; one that is too slow, or was away too long, finds out how much it missed. Thread-safe.
/// </summary>
internal sealed class LiveFeed(TimeProvider time)
{
    /// <summary>Events that a watcher can be behind without missing any.</summary>
    internal const int Kept = 512;

    /// <summary>More watchers than these are turned away.</summary>
    internal const int MostWatchers = 64;

    private readonly Lock _gate = new();
    private readonly LiveEvent[] _ring = new LiveEvent[Kept];
    private TaskCompletionSource _more = Fresh();
    private long _next = 1;
    private int _watchers;
    private bool _isClosed;

    /// <summary>Tells the events of this process from those of the one before it.</summary>
    public string Run { get; } = time.GetUtcNow().UtcTicks.ToString("x", CultureInfo.InvariantCulture);

    /// <summary>The gateway ends: watchers read what is left, and go.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_gate)
            {
                return _isClosed;
            }
        }
    }

    /// <summary>Ends when there is more than there was, or the feed closes. Take it before reading.</summary>
    public Task More
    {
        get
        {
            lock (_gate)
            {
                return _more.Task;
            }
        }
    }

    public void Publish(string name, ReadOnlyMemory<byte> data)
    {
        TaskCompletionSource told;
        lock (_gate)
        {
            _ring[_next % Kept] = new LiveEvent(_next, name, data);
            _next++;
            told = _more;
            _more = _isClosed ? told : Fresh();
        }

        told.TrySetResult();
    }

    /// <summary>Says that nothing will follow.</summary>
    public void Close()
    {
        TaskCompletionSource told;
        lock (_gate)
        {
            _isClosed = true;
            told = _more;
        }

        told.TrySetResult();
    }

    /// <summary>False when there are too many watchers; else <see cref="Leave"/> follows.</summary>
    public bool TryEnter()
    {
        lock (_gate)
        {
            if (_watchers >= MostWatchers)
            {
                return false;
            }

            _watchers++;
            return true;
        }
    }

    public void Leave()
    {
        lock (_gate)
        {
            _watchers--;
        }
    }

    /// <summary>The id of an event, as a watcher gives it back to go on behind it.</summary>
    public string IdOf(long number) => string.Create(CultureInfo.InvariantCulture, $"{Run}-{number}");

    /// <summary>Where a watcher begins to read.</summary>
    /// <param name="lastId">The last event it has; null: none, and it wants what comes from now on.</param>
    /// <param name="isLost">Nobody knows what it has missed: its event is of another process, or of none.</param>
    public long Begin(string? lastId, out bool isLost)
    {
        lock (_gate)
        {
            isLost = false;
            if (lastId is null)
            {
                return _next;
            }

            if (lastId.StartsWith(Run + "-", StringComparison.Ordinal)
                && long.TryParse(lastId.AsSpan(Run.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture,
                    out var number) && number < _next)
            {
                return number + 1;
            }

            isLost = true;
            return OldestUnderLock;
        }
    }

    /// <summary>Everything from a place on.</summary>
    /// <param name="from">The place; moved behind what is read.</param>
    /// <param name="missed">Events from there on that are not kept any more.</param>
    public IReadOnlyList<LiveEvent> Read(ref long from, out long missed)
    {
        lock (_gate)
        {
            missed = Math.Max(0, OldestUnderLock - from);
            from += missed;
            var read = new LiveEvent[_next - from];
            for (var i = 0; i < read.Length; i++)
            {
                read[i] = _ring[(from + i) % Kept];
            }

            from = _next;
            return read;
        }
    }

    private long OldestUnderLock => Math.Max(1, _next - Kept);

    private static TaskCompletionSource Fresh() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

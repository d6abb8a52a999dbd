using Holdfast.Execution;

namespace Holdfast.Modes;

/// <summary>
/// The mode of a whole system, derived from its components: each says how bad it is that it doesn't work. Somebody can
/// set the mode by hand; then it is that until the hand lets go, whatever the components say. Thread-safe; reading
/// <see cref="Mode"/> takes no lock.
/// </summary>
public sealed class OperationModes
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, DegradedComponent> _components = new(StringComparer.Ordinal);
    private readonly Queue<ModeChange> _history = new();
    private readonly Queue<ComponentChange> _componentHistory = new();
    private readonly ChangeFeed<ModeChange> _feed = new();
    private readonly TimeSpan[] _spent = new TimeSpan[3];
    private readonly TimeProvider _time;
    private ModeOptions _options;
    private (OperationMode Mode, string Reason)? _hand;
    private volatile OperationMode _mode;
    private DateTimeOffset _since;
    private long _sinceTimestamp;
    private long _changes;

    /// <summary>Begins in <see cref="OperationMode.Normal"/>.</summary>
    /// <param name="options">When it changes.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The options have <see cref="ModeOptions.Problems"/>.</exception>
    public OperationModes(ModeOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        Check(options);
        (_options, _time) = (options, time);
        (_since, _sinceTimestamp) = (time.GetUtcNow(), time.GetTimestamp());
    }

    /// <summary>
    /// Raised after each change of the mode, outside every lock, one change at a time and in their order. A listener
    /// that throws breaks neither whoever caused the change nor the other listeners: see <see cref="ListenerFailed"/>.
    /// </summary>
    public event Action<ModeChange>? Changed
    {
        add => _feed.Changed += value;
        remove => _feed.Changed -= value;
    }

    /// <summary>Raised with what a listener of <see cref="Changed"/> threw. Must not throw itself.</summary>
    public event Action<Exception>? ListenerFailed
    {
        add => _feed.ListenerFailed += value;
        remove => _feed.ListenerFailed -= value;
    }

    /// <summary>The mode now.</summary>
    public OperationMode Mode => _mode;

    /// <summary>
    /// The options. They may be swapped at any time, as by a configuration reload: components and histories stay, and
    /// the mode is derived anew.
    /// </summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    /// <exception cref="ArgumentException">The value has <see cref="ModeOptions.Problems"/>.</exception>
    public ModeOptions Options
    {
        get
        {
            lock (_gate)
                return _options;
        }

        set
        {
            Check(value);
            lock (_gate)
            {
                _options = value;
                DeriveUnderLock();
            }

            Tell();
        }
    }

    /// <summary>Says that a component doesn't work as it should, or that this is now worse or better.</summary>
    /// <param name="component">Its name.</param>
    /// <param name="severity">How bad that is for the whole.</param>
    /// <param name="reason">Why, in words.</param>
    /// <exception cref="ArgumentNullException">Name or reason is null.</exception>
    /// <exception cref="InvalidOperationException">
    /// The component is new and <see cref="ModeOptions.MaxComponents"/> are marked.
    /// </exception>
    public void MarkDegraded(string component, ModeSeverity severity, string reason)
    {
        ArgumentNullException.ThrowIfNull(component);
        ArgumentNullException.ThrowIfNull(reason);
        lock (_gate)
        {
            var isKnown = _components.TryGetValue(component, out var before);
            if (isKnown && before!.Severity == severity && before.Reason == reason)
                return;
            if (!isKnown && _components.Count >= _options.MaxComponents)
                throw new InvalidOperationException($"{component}: at most {_options.MaxComponents} components");
            var now = _time.GetUtcNow();
            _components[component] = new DegradedComponent(component, severity, reason, before?.Since ?? now);
            Remember(_componentHistory, new ComponentChange(component, severity, reason, now));
            DeriveUnderLock();
        }

        Tell();
    }

    /// <summary>Says that a component works again. One that was not degraded is ignored.</summary>
    /// <param name="component">Its name.</param>
    /// <exception cref="ArgumentNullException">The name is null.</exception>
    public void MarkHealthy(string component)
    {
        ArgumentNullException.ThrowIfNull(component);
        lock (_gate)
        {
            if (!_components.Remove(component))
                return;
            Remember(_componentHistory, new ComponentChange(component, null, "", _time.GetUtcNow()));
            DeriveUnderLock();
        }

        Tell();
    }

    /// <summary>Sets the mode by hand, until <see cref="LetGo"/>.</summary>
    /// <param name="mode">The mode.</param>
    /// <param name="reason">Why, in words.</param>
    /// <exception cref="ArgumentNullException">The reason is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such mode.</exception>
    public void SetByHand(OperationMode mode, string reason)
    {
        ArgumentNullException.ThrowIfNull(reason);
        if (!Enum.IsDefined(mode))
            throw new ArgumentOutOfRangeException(nameof(mode), mode, "Normal, Degraded or Emergency");
        lock (_gate)
        {
            _hand = (mode, reason);
            DeriveUnderLock();
        }

        Tell();
    }

    /// <summary>Leaves the mode to the components again.</summary>
    public void LetGo()
    {
        lock (_gate)
        {
            _hand = null;
            DeriveUnderLock();
        }

        Tell();
    }

    /// <summary>Everything at one moment.</summary>
    public ModeStatus GetStatus()
    {
        lock (_gate)
        {
            TimeSpan In(OperationMode mode) =>
                _spent[(int)mode] + (mode == _mode ? _time.GetElapsedTime(_sinceTimestamp) : TimeSpan.Zero);
            return new ModeStatus(_mode, _hand is not null, _since, ReasonsUnderLock(), _changes,
                In(OperationMode.Normal), In(OperationMode.Degraded), In(OperationMode.Emergency),
                [.. WorstFirstUnderLock()], [.. _history], [.. _componentHistory]);
        }
    }

    private static void Check(ModeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (string.Join("; ", options.Problems()) is { Length: > 0 } problems)
            throw new ArgumentException(problems, nameof(options));
    }

    private void DeriveUnderLock()
    {
        var mode = _hand?.Mode ?? OfComponentsUnderLock();
        if (mode == _mode)
            return;
        var now = _time.GetUtcNow();
        var change = new ModeChange(_mode, mode, now, ReasonsUnderLock());
        _spent[(int)_mode] += _time.GetElapsedTime(_sinceTimestamp);
        (_mode, _since, _sinceTimestamp) = (mode, now, _time.GetTimestamp());
        _changes++;
        Remember(_history, change);
        _feed.Note(change);
    }

    private OperationMode OfComponentsUnderLock()
    {
        var high = 0;
        var mode = OperationMode.Normal;
        foreach (var component in _components.Values)
        {
            if (component.Severity == ModeSeverity.Critical)
                return OperationMode.Emergency;
            if (component.Severity == ModeSeverity.High)
                high++;
            if (component.Severity != ModeSeverity.Low)
                mode = OperationMode.Degraded;
        }

        return _options.HighForEmergency > 0 && high >= _options.HighForEmergency ? OperationMode.Emergency : mode;
    }

    private IReadOnlyList<string> ReasonsUnderLock()
    {
        var ofComponents = WorstFirstUnderLock().Select(
            one => $"{one.Component}: {one.Reason} ({one.Severity.ToString().ToLowerInvariant()})");
        return _hand is { } hand ? [$"set by hand: {hand.Reason}", .. ofComponents] : [.. ofComponents];
    }

    private IEnumerable<DegradedComponent> WorstFirstUnderLock() => _components.Values
        .OrderByDescending(one => one.Severity)
        .ThenBy(one => one.Component, StringComparer.Ordinal);

    private void Remember<T>(Queue<T> history, T entry)
    {
        while (history.Count >= _options.HistorySize)
            history.Dequeue();
        history.Enqueue(entry);
    }

    private void Tell() => _feed.Tell();
}

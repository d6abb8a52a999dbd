namespace Holdfast.Health;

/// <summary>
/// What is known of one model, and the status that follows: worse when several signs in a row say so, better again step
/// by step, with room between the limits of both ways, so that it doesn't flicker. What stands in its way, and a hand
/// that takes it out, come before its signs. Not thread-safe.
/// </summary>
internal sealed class HealthRecord(MonitoredModel model, HealthOptions standard, TimeProvider time)
{
    // Few signs make no rate.
    private const double FewestSigns = 5;

    // What is recent: it counts half after a minute, but not before ten more signs. A model that is only checked shows
    // few signs a minute, and they too have to make a rate.
    private static readonly TimeSpan HalfLife = TimeSpan.FromMinutes(1);
    private static readonly double FastestFade = Math.Pow(0.5, 1 / 10d);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(10);

    // Nothing would ever say that it works again: no call goes to what doesn't work, and no check is made.
    private static readonly TimeSpan Forgiven = TimeSpan.FromMinutes(1);

    private HealthStatus _judged;
    private string _why = "";
    private string? _obstacle;
    private bool _isMaintained;
    private double _good;
    private double _bad;
    private double _weight;
    private double _ticks;
    private int _goodInRow;
    private int _badInRow;
    private TimeSpan? _checkTook;
    private string? _lastError;
    private DateTimeOffset? _lastFailure;
    private DateTimeOffset? _lastSign;
    private DateTimeOffset? _lastCheck;
    private long _quietSince = time.GetTimestamp();
    private DateTimeOffset _since = time.GetUtcNow();

    public MonitoredModel Model { get; set; } = model;

    public HealthOptions Options => Model.Options ?? standard;

    public HealthStatus Status { get; private set; }

    /// <summary>Why the status is what it is; empty while nothing has happened.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>Done when the check is that is on its way; null while there is none.</summary>
    public Task? Checking { get; set; }

    /// <summary>A check is on its way.</summary>
    public bool IsChecking => Checking is not null;

    /// <summary>It is checked without being asked.</summary>
    public bool IsScheduled => Model.Check is not null && Options.Interval > TimeSpan.Zero;

    /// <summary>
    /// When the next check is due, by the clock's timestamps, if no sign comes before; what has shown none is due.
    /// </summary>
    public long Due => _lastSign is null ? _quietSince : _quietSince + Ticks(Options.Interval);

    /// <summary>
    /// Whether a check that is made for another one says something about this one too: not where calls have only just
    /// told more.
    /// </summary>
    public bool MayJoin(long now) => _badInRow == 0 && _quietSince + Ticks(Options.Interval / 2) <= now;

    public HealthChange? Succeeded(TimeSpan took, bool isCheck)
    {
        Sign(isCheck);
        _good++;
        if (isCheck)
            _checkTook = took;
        if (!isCheck || Model.ChecksAreCalls)
        {
            _weight++;
            _ticks += Math.Clamp(took.Ticks, 0, TimeSpan.TicksPerHour);
        }

        (_badInRow, _goodInRow) = (0, _goodInRow + 1);
        return Judge();
    }

    public HealthChange? Failed(string error, bool isCheck)
    {
        Sign(isCheck);
        _bad++;
        (_goodInRow, _badInRow) = (0, _badInRow + 1);
        (_lastError, _lastFailure) = (error, _lastSign);
        return Judge();
    }

    public HealthChange? Maintain(bool isMaintained)
    {
        if (isMaintained == _isMaintained)
            return null;
        _isMaintained = isMaintained;
        // Afterwards it has to show anew what it can do, but nobody holds against it what was before.
        Forget();
        (_goodInRow, _badInRow, _checkTook) = (0, 0, null);
        (_lastSign, _quietSince) = (null, time.GetTimestamp());
        (_judged, _why) = (HealthStatus.Available, "given back by hand");
        return Settle();
    }

    /// <summary>Looks at what is not a sign: what stands in its way, and how long nothing was heard of it.</summary>
    public HealthChange? Look()
    {
        if (_judged == HealthStatus.Unavailable && !IsScheduled && time.GetElapsedTime(_quietSince) >= Forgiven)
            (_judged, _why) = (HealthStatus.Degraded, "nothing was heard of it for a minute");
        return Settle();
    }

    public ModelHealth Report()
    {
        if (HasBeenSilent())
            Forget();
        return new ModelHealth(Model, Status, _since, ErrorRate, Average ?? _checkTook, _badInRow, _lastSign,
            _lastCheck, _lastError, _lastFailure, Reason);
    }

    private double ErrorRate => _good + _bad < 0.01 ? 0 : _bad / (_good + _bad);

    private TimeSpan? Average => _weight < 0.01 ? null : new TimeSpan((long)(_ticks / _weight));

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);

    private void Sign(bool isCheck)
    {
        Fade();
        _lastSign = time.GetUtcNow();
        if (isCheck)
            _lastCheck = _lastSign;
        _quietSince = time.GetTimestamp();
    }

    private HealthChange? Judge()
    {
        if (!_isMaintained && Judged() is { } judged && judged.Status != _judged)
            (_judged, _why) = judged;
        return Settle();
    }

    private (HealthStatus Status, string Why)? Judged()
    {
        if (_badInRow >= Options.UnavailableAfter)
            return (HealthStatus.Unavailable, $"{_badInRow} failures in a row: {_lastError}");
        var wrong = Wrong(isDegraded: _judged != HealthStatus.Available);
        if (_judged == HealthStatus.Available)
            return wrong is null ? null : (HealthStatus.Degraded, wrong);
        if (_goodInRow < Options.BetterAfter || (_judged == HealthStatus.Degraded && wrong is not null))
            return null;
        var row = _goodInRow;
        // Each step up is earned anew.
        _goodInRow = 0;
        return (_judged == HealthStatus.Unavailable ? HealthStatus.Degraded : HealthStatus.Available,
            $"{row} successes in a row");
    }

    // The way back needs more than the way there.
    private string? Wrong(bool isDegraded)
    {
        var rate = Options.DegradedErrorRate * (isDegraded ? 0.5 : 1);
        if (rate > 0 && _good + _bad >= FewestSigns && ErrorRate >= rate)
            return FormattableString.Invariant($"{ErrorRate:P0} of recent calls failed");
        var slow = Options.DegradedResponseTime * (isDegraded ? 0.8 : 1);
        if (slow > TimeSpan.Zero && _weight >= FewestSigns && Average >= slow)
            return FormattableString.Invariant($"calls take {Average!.Value.TotalMilliseconds:F0} ms");
        return null;
    }

    private HealthChange? Settle()
    {
        var before = _obstacle;
        _obstacle = Model.Obstacle?.Invoke();
        var status = _isMaintained ? HealthStatus.Maintenance
            : _obstacle is not null ? HealthStatus.Unavailable
            : _judged;
        if (status == Status)
            return null;
        Reason = _isMaintained ? "taken out by hand"
            : _obstacle ?? (before is null || _judged != HealthStatus.Available ? _why : $"over: {before}");
        var change = new HealthChange(Model, Status, status, time.GetUtcNow(), Reason);
        (Status, _since) = (status, change.At);
        return change;
    }

    private bool HasBeenSilent()
    {
        var regular = Options.Interval * 10;
        return time.GetElapsedTime(_quietSince) > (regular > LongestSilence ? regular : LongestSilence);
    }

    private void Forget() => (_good, _bad, _weight, _ticks) = (0, 0, 0, 0);

    private void Fade()
    {
        if (HasBeenSilent())
            Forget();
        var quiet = time.GetElapsedTime(_quietSince);
        var factor = Math.Clamp(Math.Pow(0.5, quiet / HalfLife), FastestFade, 1);
        _good *= factor;
        _bad *= factor;
        _weight *= factor;
        _ticks *= factor;
    }
}

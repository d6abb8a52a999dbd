using Holdfast.Timeouts;

namespace Holdfast.Health;

/// <summary>
/// What is known of one model, and the status that follows: worse when several signs in a row say so, better again step
/// by step, with room between the limits of both ways, so that it doesn't flicker. Not thread-safe.
/// </summary>
internal sealed class HealthRecord(MonitoredModel model, HealthOptions options, TimeProvider time)
{
    // Few signs make no rate.
    private const double FewestSigns = 5;

    private readonly Decay _decay = new(time, TimeSpan.FromMinutes(1));
    private double _good;
    private double _bad;
    private double _weight;
    private double _ticks;
    private int _goodInRow;
    private int _badInRow;
    private string? _lastError;
    private DateTimeOffset? _lastSign;
    private DateTimeOffset? _lastCheck;
    private DateTimeOffset _since = time.GetUtcNow();

    public MonitoredModel Model { get; set; } = model;

    public HealthStatus Status { get; private set; }

    /// <summary>When the next check is due, by the clock's timestamps, if no sign comes before.</summary>
    public long Due { get; private set; } = time.GetTimestamp();

    /// <summary>A check is on its way.</summary>
    public bool IsChecking { get; set; }

    public HealthChange? Succeeded(TimeSpan took, bool isCheck)
    {
        Sign(isCheck);
        _good++;
        _weight++;
        _ticks += Math.Clamp(took.Ticks, 0, TimeSpan.TicksPerHour);
        (_badInRow, _goodInRow) = (0, _goodInRow + 1);
        return Judge();
    }

    public HealthChange? Failed(string error, bool isCheck)
    {
        Sign(isCheck);
        _bad++;
        (_goodInRow, _badInRow) = (0, _badInRow + 1);
        _lastError = error;
        return Judge();
    }

    public HealthChange? Maintain(bool isMaintained)
    {
        if (isMaintained == (Status == HealthStatus.Maintenance))
            return null;
        // Afterwards it has to show anew what it can do, but nobody holds against it what was before.
        (_good, _bad, _goodInRow, _badInRow) = (0, 0, 0, 0);
        Due = time.GetTimestamp();
        return isMaintained
            ? Become(HealthStatus.Maintenance, "taken out by hand")
            : Become(HealthStatus.Available, "given back by hand");
    }

    public ModelHealth Report()
    {
        Fade();
        return new ModelHealth(Model, Status, _since, ErrorRate, Average, _badInRow, _lastSign, _lastCheck, _lastError);
    }

    private double ErrorRate => _good + _bad < 0.01 ? 0 : _bad / (_good + _bad);

    private TimeSpan? Average => _weight < 0.01 ? null : new TimeSpan((long)(_ticks / _weight));

    private void Sign(bool isCheck)
    {
        Fade();
        _lastSign = time.GetUtcNow();
        if (isCheck)
            _lastCheck = _lastSign;
        Due = time.GetTimestamp() + (long)(options.Interval.TotalSeconds * time.TimestampFrequency);
    }

    private HealthChange? Judge()
    {
        if (Status == HealthStatus.Maintenance)
            return null;
        if (_badInRow >= options.UnavailableAfter)
            return Become(HealthStatus.Unavailable, $"{_badInRow} failures in a row: {_lastError}");
        var wrong = Wrong(isDegraded: Status != HealthStatus.Available);
        if (Status == HealthStatus.Available)
            return wrong is null ? null : Become(HealthStatus.Degraded, wrong);
        if (_goodInRow < options.BetterAfter || (Status == HealthStatus.Degraded && wrong is not null))
            return null;
        var better = Status == HealthStatus.Unavailable ? HealthStatus.Degraded : HealthStatus.Available;
        var row = _goodInRow;
        // Each step up is earned anew.
        _goodInRow = 0;
        return Become(better, $"{row} successes in a row");
    }

    // The way back needs more than the way there.
    private string? Wrong(bool isDegraded)
    {
        var rate = options.DegradedErrorRate * (isDegraded ? 0.5 : 1);
        if (rate > 0 && _good + _bad >= FewestSigns && ErrorRate >= rate)
            return FormattableString.Invariant($"{ErrorRate:P0} of recent calls failed");
        var slow = options.DegradedResponseTime * (isDegraded ? 0.8 : 1);
        if (slow > TimeSpan.Zero && _weight >= FewestSigns && Average >= slow)
            return FormattableString.Invariant($"calls take {Average!.Value.TotalMilliseconds:F0} ms");
        return null;
    }

    private HealthChange? Become(HealthStatus status, string reason)
    {
        if (status == Status)
            return null;
        var change = new HealthChange(Model, Status, status, time.GetUtcNow(), reason);
        (Status, _since) = (status, change.At);
        return change;
    }

    private void Fade()
    {
        if (!_decay.TryStep(_decay.Now(), out var factor))
            return;
        _good *= factor;
        _bad *= factor;
        _weight *= factor;
        _ticks *= factor;
    }
}

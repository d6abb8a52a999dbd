using Holdfast.Execution;
using Holdfast.Failover;
using Holdfast.Timeouts;

namespace Holdfast.Health;

/// <summary>
/// Watches models: by the calls that go to them anyway, and by a check of its own where none has gone for a while.
/// Thread-safe. It does nothing by itself: something runs <see cref="RunAsync"/>, or calls
/// <see cref="CheckAsync(CancellationToken)"/>.
/// </summary>
public sealed class HealthMonitor
{
    // Checks at once; there may be hundreds of models.
    private const int AtOnce = 16;

    // Models come and go, and obstacles with them.
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    // A check's only limit is its deadline.
    private static readonly TimeoutOptions NoLimits = new() { Attempt = TimeSpan.Zero };

    private readonly Lock _gate = new();
    private readonly List<HealthRecord> _inOrder = [];
    private readonly Dictionary<string, HealthRecord> _records = new(StringComparer.Ordinal);
    private readonly ChangeFeed<HealthChange> _feed = new();
    private readonly HealthOptions _options;
    private readonly TimeProvider _time;

    /// <summary>Makes one that watches nothing.</summary>
    /// <param name="options">How often it looks, and what it takes for a status to change.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The options have <see cref="HealthOptions.Problems"/>.</exception>
    public HealthMonitor(HealthOptions options, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        var problems = string.Join("; ", options.Problems());
        if (problems.Length != 0)
            throw new ArgumentException(problems, nameof(options));
        (_options, _time) = (options, time);
    }

    /// <summary>
    /// Raised after each change of a status, outside every lock, one change at a time and in their order. A listener
    /// that throws breaks neither whoever caused the change nor the other listeners: see <see cref="ListenerFailed"/>.
    /// </summary>
    public event Action<HealthChange>? StatusChanged
    {
        add => _feed.Changed += value;
        remove => _feed.Changed -= value;
    }

    /// <summary>Raised with what a listener of <see cref="StatusChanged"/> threw. Must not throw itself.</summary>
    public event Action<Exception>? ListenerFailed
    {
        add => _feed.ListenerFailed += value;
        remove => _feed.ListenerFailed -= value;
    }

    /// <summary>Watches a model, or goes on with what is new about one that it knows by its id.</summary>
    /// <param name="model">The model. It begins as available, unless something stands in its way.</param>
    /// <exception cref="ArgumentNullException">The model is null.</exception>
    /// <exception cref="ArgumentException">Its own options have <see cref="HealthOptions.Problems"/>.</exception>
    public void Register(MonitoredModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (string.Join("; ", model.Options?.Problems() ?? []) is { Length: > 0 } problems)
            throw new ArgumentException($"{model.Id}: {problems}", nameof(model));
        lock (_gate)
        {
            if (_records.TryGetValue(model.Id, out var record))
                record.Model = model;
            else
            {
                record = new HealthRecord(model, _options, _time);
                _records.Add(model.Id, record);
                _inOrder.Add(record);
            }

            NoteUnderLock(record.Look());
        }

        Tell();
    }

    /// <summary>Forgets a model.</summary>
    /// <param name="id">Its id.</param>
    /// <returns>Whether it was watched.</returns>
    public bool Remove(string id)
    {
        lock (_gate)
            return _records.Remove(id, out var record) && _inOrder.Remove(record);
    }

    /// <summary>A call to a model succeeded. One that is not watched is ignored.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="took">How long the call took.</param>
    public void Succeeded(string id, TimeSpan took)
    {
        lock (_gate)
        {
            if (_records.TryGetValue(id, out var record))
                NoteUnderLock(record.Succeeded(took, isCheck: false));
        }

        Tell();
    }

    /// <summary>A call to a model failed, and it was the model's failure. One that is not watched is ignored.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="error">What went wrong, in a word or two; never a secret.</param>
    public void Failed(string id, string error)
    {
        lock (_gate)
        {
            if (_records.TryGetValue(id, out var record))
                NoteUnderLock(record.Failed(error, isCheck: false));
        }

        Tell();
    }

    /// <summary>Takes a model out by hand, or gives it back. It is not checked meanwhile.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="isMaintained">Whether it is out.</param>
    public void SetMaintenance(string id, bool isMaintained)
    {
        lock (_gate)
        {
            if (_records.TryGetValue(id, out var record))
                NoteUnderLock(record.Maintain(isMaintained));
        }

        Tell();
    }

    /// <summary>Says that what <see cref="MonitoredModel.Obstacle"/> answers has changed.</summary>
    /// <param name="id">The model's id. One that is not watched is ignored.</param>
    public void Reconsider(string id)
    {
        lock (_gate)
        {
            if (_records.TryGetValue(id, out var record))
                NoteUnderLock(record.Look());
        }

        Tell();
    }

    /// <summary>How all of them do.</summary>
    public OverallHealth GetHealth()
    {
        ModelHealth[] models;
        lock (_gate)
        {
            LookUnderLock();
            models = [.. _inOrder.Select(record => record.Report())];
        }

        Tell();
        var counted = models.Where(model => model.Status != HealthStatus.Maintenance).ToArray();
        var unhealthy = counted.Count(model => !model.IsHealthy);
        var status = unhealthy > 0 && (unhealthy == counted.Length
                || counted.Any(model => model is { IsHealthy: false, Model.IsCritical: true }))
            ? HealthStatus.Unavailable
            : counted.Any(model => model.Status != HealthStatus.Available) ? HealthStatus.Degraded
            : HealthStatus.Available;
        return new OverallHealth(status, counted.Length - unhealthy, unhealthy, models);
    }

    /// <summary>How one of them does.</summary>
    /// <param name="id">Its id.</param>
    /// <returns>Null when it is not watched.</returns>
    public ModelHealth? GetHealth(string id)
    {
        ModelHealth? health = null;
        lock (_gate)
        {
            if (_records.TryGetValue(id, out var record))
            {
                NoteUnderLock(record.Look());
                health = record.Report();
            }
        }

        Tell();
        return health;
    }

    /// <summary>
    /// Checks all models now, due or not, and tells how they do. Where a check is on its way already, its answer is
    /// waited for.
    /// </summary>
    /// <param name="cancellationToken">Ends the checks.</param>
    public async Task<OverallHealth> CheckAsync(CancellationToken cancellationToken = default)
    {
        HealthRecord[] all;
        lock (_gate)
            all = [.. _inOrder.Where(MayBeCheckedUnderLock)];
        await CheckAsync(all, cancellationToken).ConfigureAwait(false);
        return GetHealth();
    }

    /// <summary>Checks what is due, and again, until the token is struck; it ends without an exception then.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var running = new List<Task>();
        while (!cancellationToken.IsCancellationRequested)
        {
            HealthRecord[] due;
            lock (_gate)
            {
                LookUnderLock();
                due = DueUnderLock();
            }

            Tell();
            // A check that takes long keeps no other one waiting.
            running.RemoveAll(checks => checks.IsCompleted);
            if (due.Length > 0)
                running.Add(CheckAsync(due, cancellationToken));
            TimeSpan wait;
            lock (_gate)
                wait = UntilNextUnderLock(_time.GetTimestamp());
            await Task.Delay(wait, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.WhenAll(running).ConfigureAwait(false);
    }

    private void LookUnderLock()
    {
        foreach (var record in _inOrder)
            NoteUnderLock(record.Look());
    }

    /// <summary>What is due, and what a check of it says something about as well.</summary>
    private HealthRecord[] DueUnderLock()
    {
        var now = _time.GetTimestamp();
        var groups = _inOrder.Where(record => IsDue(record) && record.Model.CheckGroup.Length > 0)
            .Select(record => record.Model.CheckGroup).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. _inOrder.Where(record => IsDue(record) || (groups.Contains(record.Model.CheckGroup)
                && IsScheduledUnderLock(record) && record.MayJoin(now))),
        ];

        bool IsDue(HealthRecord record) => IsScheduledUnderLock(record) && record.Due <= now;
    }

    private bool IsWatchedUnderLock(HealthRecord record) =>
        _records.TryGetValue(record.Model.Id, out var known) && ReferenceEquals(known, record);

    private static bool MayBeCheckedUnderLock(HealthRecord record) =>
        record.Model.Check is not null && record.Status != HealthStatus.Maintenance;

    private static bool IsScheduledUnderLock(HealthRecord record) =>
        record is { IsScheduled: true, IsChecking: false } && MayBeCheckedUnderLock(record);

    private TimeSpan UntilNextUnderLock(long now)
    {
        var wait = LongestWait;
        foreach (var record in _inOrder.Where(record => record.IsScheduled))
        {
            // One that is being checked is due again an interval later at the earliest.
            var left = record.IsChecking ? record.Options.Interval : _time.GetElapsedTime(now, record.Due);
            wait = left < wait && record.Status != HealthStatus.Maintenance ? left : wait;
        }

        var shortest = TimeSpan.FromMilliseconds(1);
        return wait < shortest ? shortest : TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds));
    }

    private async Task CheckAsync(HealthRecord[] records, CancellationToken cancellationToken)
    {
        using var places = new SemaphoreSlim(AtOnce);
        var groups = records.GroupBy<HealthRecord, object>(record =>
            record.Model.CheckGroup.Length > 0 ? record.Model.CheckGroup : record);
        await Task.WhenAll(groups.Select(async group =>
        {
            await places.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancellationToken.IsCancellationRequested)
                return;
            try
            {
                await CheckTogetherAsync([.. group], cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                places.Release();
            }
        })).ConfigureAwait(false);
    }

    private async Task CheckTogetherAsync(HealthRecord[] group, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task[] underWay;
        lock (_gate)
        {
            underWay = [.. group.Select(record => record.Checking).OfType<Task>()];
            group = [.. group.Where(record => !record.IsChecking && MayBeCheckedUnderLock(record))];
            foreach (var record in group)
                record.Checking = done.Task;
        }

        try
        {
            if (group.Length > 0)
                await CheckMarkedAsync(group, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            done.SetResult();
        }

        await Task.WhenAll(underWay).WaitAsync(cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task CheckMarkedAsync(HealthRecord[] group, CancellationToken cancellationToken)
    {
        var (check, options) = (group[0].Model.Check!, group[0].Options);
        string? error = null;
        var took = TimeSpan.Zero;
        for (var tries = 0; tries <= options.Retries; tries++)
        {
            var started = _time.GetTimestamp();
            error = await TryAsync(check, options.Timeout, cancellationToken).ConfigureAwait(false);
            took = _time.GetElapsedTime(started);
            if (error is null || cancellationToken.IsCancellationRequested)
                break;
        }

        lock (_gate)
        {
            foreach (var record in group)
            {
                record.Checking = null;
                if (!cancellationToken.IsCancellationRequested && IsWatchedUnderLock(record))
                    NoteUnderLock(error is null ? record.Succeeded(took, isCheck: true) : record.Failed(error, true));
            }
        }

        Tell();
    }

    private async ValueTask<string?> TryAsync(
        Func<CancellationToken, ValueTask<bool>> check, TimeSpan timeout, CancellationToken cancellationToken)
    {
        // Not a source with a timer: what a check registered on its token and throws would end the process. As a
        // stream's, because a plain call's clock stays behind, with its timer, to serve the next call.
        using var clock = new AttemptClock(
            _time, NoLimits, streaming: true, Deadline.After(timeout, _time), cancellationToken);
        var token = clock.Token;
        try
        {
            // One that doesn't heed its token, or blocks its thread, is left behind: it keeps no other one waiting.
            var isGood = await Task.Run(() => check(token).AsTask(), token).WaitAsync(token).ConfigureAwait(false);
            return clock.Struck != TimeoutKind.None ? TooLate(timeout)
                : isGood ? null : "not the answer that was expected";
        }
        catch (OperationCanceledException) when (clock.Struck != TimeoutKind.None)
        {
            return TooLate(timeout);
        }
        catch (CheckFailedException failed)
        {
            return failed.Message;
        }
        catch (Exception exception)
        {
            // What it says may hold what nobody should read; what kind it is doesn't.
            return $"{ExceptionOutcomes.Of(exception).Word()} ({exception.GetType().Name})";
        }
    }

    private static string TooLate(TimeSpan timeout) =>
        FormattableString.Invariant($"no answer within {timeout.TotalMilliseconds:F0} ms");

    private void NoteUnderLock(HealthChange? change)
    {
        if (change is not null)
            _feed.Note(change);
    }

    private void Tell() => _feed.Tell();
}

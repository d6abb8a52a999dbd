using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Observability;
using Holdfast.Health;

namespace Holdfast.Gateway.Health;

/// <summary>
/// The health of all targets that the configuration names: by the calls that go to them, by their circuits, and by
/// probes where no call tells. What is known of a target outlives a reload.
/// </summary>
internal sealed partial class TargetMonitor : ICallObserver
{
    private readonly HealthMonitor _monitor;
    private readonly HealthProbe _probe;
    private readonly ILogger _logger;
    private readonly Lock _watching = new();

    // What was asked in vain when it was last asked.
    private readonly ConcurrentDictionary<string, bool> _silent = new(StringComparer.Ordinal);
    private volatile FrozenDictionary<(string Provider, string Model), WatchedTarget> _targets =
        FrozenDictionary<(string, string), WatchedTarget>.Empty;

    public TargetMonitor(HealthProbe probe, TimeProvider time, GatewayMeter meter, ILogger<TargetMonitor> logger)
    {
        _probe = probe;
        _logger = logger;
        _monitor = new HealthMonitor(new HealthOptions(), time);
        _monitor.StatusChanged += Log;
        _monitor.ListenerFailed += failure => ListenerFailed(failure);
        meter.Meter.CreateObservableGauge("holdfast_target_health", Measure, null,
            "A target's health: 0 available, 1 degraded, 2 unavailable, 3 in maintenance");
    }

    /// <summary>
    /// A target's health has changed; the model's <c>Provider</c> and <c>Name</c> say which. The listener must not
    /// block.
    /// </summary>
    public event Action<HealthChange>? Changed
    {
        add => _monitor.StatusChanged += value;
        remove => _monitor.StatusChanged -= value;
    }

    /// <summary>
    /// That a target fails, which only one caller had seen, is certain now. Raised on the thread that found out; the
    /// listener must not block.
    /// </summary>
    public event Action? Confirmed;

    /// <summary>What is watched, in the order of the configuration.</summary>
    public IReadOnlyList<WatchedTarget> Targets { get; private set; } = [];

    /// <summary>Watches these from now on and forgets the others.</summary>
    public void Watch(IReadOnlyList<WatchedTarget> targets)
    {
        lock (_watching)
        {
            var before = _targets;
            targets =
            [
                .. targets.Select(target => before.TryGetValue((target.Provider.Name, target.Model), out var known)
                    ? target with { Witnesses = known.Witnesses }
                    : target),
            ];
            _targets = targets.ToFrozenDictionary(target => (target.Provider.Name, target.Model));
            Targets = targets;
            foreach (var question in _silent.Keys.Except(targets.Select(QuestionOf)))
            {
                _silent.TryRemove(question, out _);
            }

            foreach (var gone in before.Keys.Where(id => !_targets.ContainsKey(id)))
            {
                _monitor.Remove(WatchedTarget.IdOf(gone.Provider, gone.Model));
            }

            foreach (var target in targets)
            {
                _monitor.Register(new MonitoredModel(target.Id, target.Model, target.Provider.Name)
                {
                    IsCritical = target.Check.Critical,
                    Check = cancellation => CheckAsync(target, cancellation),
                    CheckGroup = HealthProbe.GroupOf(target),
                    ChecksAreCalls = false,
                    Options = target.Check.ToHealthOptions(),
                    Obstacle = () => target.Obstacle,
                });
                _monitor.SetMaintenance(target.Id, target.IsIsolated);
            }
        }
    }

    /// <summary>A target's circuit has changed.</summary>
    public void CircuitChanged(string provider, string model)
    {
        if (_targets.TryGetValue((provider, model), out var target))
        {
            // What it is now: two changes that follow closely may be told in either order.
            _monitor.SetMaintenance(target.Id, target.IsIsolated);
            _monitor.Reconsider(target.Id);
        }
    }

    public void OnCompleted(CallRecord call)
    {
        var attempts = call.Attempts;
        for (var i = 0; i < attempts.Count; i++)
        {
            var attempt = attempts[i];
            if (!attempt.WasSent || !_targets.TryGetValue((attempt.Provider, attempt.Model), out var target))
            {
                continue;
            }

            if (attempt.Outcome == Outcome.Ok)
            {
                target.Witnesses.Worked();
                _monitor.Succeeded(target.Id, attempt.Answered);
            }
            else if (attempt.Validation is null && IsFailure(attempt.Outcome) && !HadAnotherKey(attempts, i))
            {
                var isCertainNow = IsNoRequests(attempt)
                    ? target.Witnesses.Proved()
                    : target.Witnesses.Saw(call.Request.Share);
                _monitor.Failed(target.Id, attempt.Outcome.Word());
                if (isCertainNow)
                {
                    Confirmed?.Invoke();
                }
            }
        }
    }

    /// <summary>How a target does; null when it is not watched.</summary>
    public ModelHealth? Of(string provider, string model) =>
        _targets.TryGetValue((provider, model), out var target) ? _monitor.GetHealth(target.Id) : null;

    /// <summary>Checks all targets now, but for those in maintenance.</summary>
    public Task CheckAsync(CancellationToken cancellation) => _monitor.CheckAsync(cancellation);

    /// <summary>Checks idle targets until the token is struck.</summary>
    public Task RunAsync(CancellationToken cancellation) => _monitor.RunAsync(cancellation);

    /// <summary>
    /// What counts against a target: what its breaker counts, and what makes it useless until somebody puts it right.
    /// A caller's mistake, a caller who left and a rate limit don't, nor does an answer that one route finds not good
    /// enough: the target has answered.
    /// </summary>
    private static bool IsFailure(Outcome outcome) => outcome.Rule().Circuit == CircuitEffect.Failure
        || outcome is Outcome.Auth or Outcome.Quota or Outcome.NotFound;

    /// <summary>Targets with the same text are asked together.</summary>
    private static string QuestionOf(WatchedTarget target) =>
        HealthProbe.GroupOf(target) is { Length: > 0 } group ? group : target.Id;

    /// <summary>
    /// Whether nothing that a request says can have brought it about: the way there, the key, the credit.
    /// </summary>
    private static bool IsNoRequests(AttemptRecord attempt) => attempt.NeverArrived
        || attempt.Outcome == Outcome.Quota || attempt is { Outcome: Outcome.Auth, Status: 401 };

    private static bool HadAnotherKey(IReadOnlyList<AttemptRecord> attempts, int position)
    {
        var failed = attempts[position];
        if (failed.Outcome is not (Outcome.Auth or Outcome.Quota))
        {
            return false;
        }

        for (var i = position + 1; i < attempts.Count; i++)
        {
            if (attempts[i].WasSent && attempts[i].Provider == failed.Provider && attempts[i].Model == failed.Model)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Asks. Where nobody was there and somebody is again, circuits that have waited longer and longer look soon
    /// whether calls are answered too. One answer that follows another says nothing new: a list of models may well be
    /// there while its models are not. A check that fails is a witness that no caller's request can be blamed for.
    /// </summary>
    private async ValueTask<bool> CheckAsync(WatchedTarget target, CancellationToken cancellation)
    {
        var question = QuestionOf(target);
        try
        {
            await _probe.AskAsync(target, cancellation);
        }
        catch (Exception failed)
        {
            _silent[question] = true;
            if (failed is CheckFailedException)
            {
                Confirm(question);
            }

            throw;
        }

        if (_silent.TryRemove(question, out _))
        {
            foreach (var back in Targets.Where(other => QuestionOf(other) == question))
            {
                back.Breaker.SeemsRecovered();
            }
        }

        return true;
    }

    private void Confirm(string question)
    {
        var isCertainNow = false;
        foreach (var target in Targets.Where(other => QuestionOf(other) == question))
        {
            isCertainNow |= target.Witnesses.Proved();
        }

        if (isCertainNow)
        {
            Confirmed?.Invoke();
        }
    }

    private IEnumerable<Measurement<long>> Measure() => _monitor.GetHealth().Models.Select(health =>
        new Measurement<long>((long)health.Status,
            new KeyValuePair<string, object?>("provider", health.Model.Provider),
            new KeyValuePair<string, object?>("model", health.Model.Name)));

    private void Log(HealthChange change)
    {
        var level = change.To == HealthStatus.Unavailable ? LogLevel.Warning : LogLevel.Information;
        HealthChanged(level, HeaderText.Encode(change.Model.Id), change.From.Word(), change.To.Word(), change.Reason);
    }

    [LoggerMessage(EventId = 50, Message = "health of {Target}: {From} -> {To}: {Reason}")]
    private partial void HealthChanged(LogLevel level, string target, string from, string to, string reason);

    [LoggerMessage(51, LogLevel.Error, "a change of health could not be passed on")]
    private partial void ListenerFailed(Exception failure);
}

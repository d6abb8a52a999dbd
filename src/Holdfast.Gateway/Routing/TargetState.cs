using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Holdfast.Admission;
using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Gateway.Admission;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Routing;

/// <summary>What is known of one provider's model: shared by all routes, kept across reloads.</summary>
internal sealed class TargetState(
    string provider, string model, CircuitBreakerOptions options, SharedLimits shared, TimeProvider time, int seed)
{
    private readonly FailedRequests _failedRequests = new(time);
    private volatile TargetFailure? _lastFailure;

    public string Provider { get; } = provider;

    public string Model { get; } = model;

    public CircuitBreaker Breaker { get; } = new($"{provider}/{model}", options, time);

    /// <summary>Runs after a 429 until the provider's delay has passed.</summary>
    public Cooldown Cooldown { get; } = new(time);

    /// <summary>Keys that have used up what their account allows of this model.</summary>
    public SpentKeys Spent { get; } = new(time);

    /// <summary>How many calls it takes at once and a second: as configured, and as its provider says.</summary>
    public TargetAdmission Admission { get; } = new(time, shared, provider);

    /// <summary>How the target does: what weighted and fastest go by, hedges and adaptive timeouts too.</summary>
    public TargetStatistics Statistics { get; } = new(time);

    /// <summary>
    /// After its circuit has closed the target's share of the calls rises in steps, for half as long as the circuit
    /// waits before a first probe, so that with any breaker the recovery is over soon after the outage.
    /// </summary>
    public FailoverRamp Ramp { get; } = new(new FailoverRampOptions(), time, new Random(seed));

    /// <summary>A route of the present configuration names it.</summary>
    public bool IsConfigured { get; set; }

    /// <summary>The last failure that was the target's, not the caller's; null when there was none.</summary>
    public TargetFailure? LastFailure => _lastFailure;

    /// <summary>The target has answered a call.</summary>
    /// <param name="call">The call.</param>
    /// <param name="took">How long it took to the answer, or to a stream's first token.</param>
    /// <param name="cancellation">The call is over: its body may be another one's by now.</param>
    public void NoteAnswer(CallRequest call, TimeSpan took, CancellationToken cancellation)
    {
        Statistics.Record(Outcome.Ok, took);
        if (!cancellation.IsCancellationRequested)
        {
            _failedRequests.Answered(call.Body.Span, call.CallerMark);
        }
    }

    /// <summary>
    /// Settles the permit of an attempt that has no answer. What one request, or one caller's, do to a target that
    /// answers others is their doing and doesn't count.
    /// </summary>
    /// <param name="permit">The attempt's.</param>
    /// <param name="fault">How it ended.</param>
    /// <param name="call">The call; its body is looked at only while it is still the call's.</param>
    /// <param name="cancellation">Struck when it isn't any more.</param>
    public void Settle(CircuitPermit permit, ProviderFault fault, CallRequest call, CancellationToken cancellation)
    {
        var mayBeItsOwn = fault.Outcome.Rule().Circuit == CircuitEffect.Failure && !fault.NeverArrived
            && !cancellation.IsCancellationRequested;
        var isItsOwn = mayBeItsOwn && _failedRequests.Failed(call.Body.Span, call.CallerMark);
        permit.Settle(isItsOwn ? Outcome.Cancelled : fault.Outcome);
    }

    /// <summary>Remembers how an attempt failed; what is no failure of the target is ignored.</summary>
    public void NoteFailure(Outcome outcome)
    {
        if (outcome is not (Outcome.Ok or Outcome.Cancelled or Outcome.CallerError) && outcome.IsAttempt())
        {
            _lastFailure = new TargetFailure(outcome, time.GetUtcNow());
        }
    }
}

/// <summary>How an attempt at a target failed, and when: a word, never a provider's text.</summary>
internal sealed record TargetFailure(Outcome Outcome, DateTimeOffset At);

/// <summary>
/// All target states by provider and upstream model. Models that only callers name (<c>provider/model</c>) are bounded
/// in number: past the bound, those of one provider share a state.
/// </summary>
internal sealed class TargetStates(TimeProvider time, int seed = 0)
{
    /// <summary>Unconfigured models with a state of their own.</summary>
    internal const int MaxUnconfigured = 1_000;

    /// <summary>The model name of the states that the rest share.</summary>
    internal const string Others = "other";

    private readonly ConcurrentDictionary<(string Provider, string Model), TargetState> _states = new();
    private readonly ConcurrentDictionary<string, bool> _isolated = new(StringComparer.Ordinal);
    private readonly SharedLimits _shared = new(time);
    private volatile StrongBox<AdmissionRestriction> _restriction = new();
    private int _unconfigured;

    /// <summary>A breaker changed its state. The listener must not block and must not throw.</summary>
    public event Action<TargetState, CircuitTransition>? CircuitChanged;

    /// <summary>The clock that all of them go by.</summary>
    public TimeProvider Time { get; } = time;

    public IEnumerable<TargetState> All => _states.Values;

    /// <summary>The state of a target that the configuration names.</summary>
    /// <param name="provider">Its provider.</param>
    /// <param name="model">The model's name there.</param>
    /// <param name="queue">Its limits; null: the provider's.</param>
    public TargetState Configured(ProviderOptions provider, string model, AdmissionOptions? queue = null)
    {
        var state = GetOrAdd(provider, model);
        state.IsConfigured = true;
        state.Breaker.Options = provider.CircuitBreakerOf(model);
        state.Admission.Configure(queue ?? provider.Queue, provider.RateLimitScope);
        return state;
    }

    /// <summary>The state of a target that a caller addressed directly.</summary>
    public TargetState Direct(ProviderOptions provider, string model)
    {
        if (_states.TryGetValue((provider.Name, model), out var known))
        {
            // A reload may have changed them; a state that routes name was told then.
            var options = provider.CircuitBreakerOf(model);
            if (!known.IsConfigured && !ReferenceEquals(known.Breaker.Options, options))
            {
                known.Breaker.Options = options;
            }

            if (!known.IsConfigured)
            {
                known.Admission.Configure(provider.Queue, provider.RateLimitScope);
            }

            return known;
        }

        return Volatile.Read(ref _unconfigured) < MaxUnconfigured
            && Interlocked.Increment(ref _unconfigured) <= MaxUnconfigured
                ? GetOrAdd(provider, model)
                : GetOrAdd(provider, Others);
    }

    /// <summary>What is known of a target, or a fresh state that is not kept.</summary>
    public TargetState Look(ProviderOptions provider, string model) =>
        _states.TryGetValue((provider.Name, model), out var known) ? known
        : Volatile.Read(ref _unconfigured) >= MaxUnconfigured
            && _states.TryGetValue((provider.Name, Others), out var shared) ? shared
        : Fresh(provider, model);

    /// <summary>Keeps the less urgent away from all targets, those included that come to be known later.</summary>
    public void Restrict(AdmissionRestriction restriction)
    {
        // Before the targets are gone through, so that one that comes to be known meanwhile isn't missed.
        _restriction = new StrongBox<AdmissionRestriction>(restriction);
        foreach (var state in _states.Values)
        {
            state.Admission.Restrict(restriction);
        }
    }

    /// <summary>The whole provider was taken out by hand, with every target that comes to be known.</summary>
    public bool IsIsolated(string provider) => _isolated.ContainsKey(provider);

    /// <summary>What is known of a provider's targets, in the order of their names.</summary>
    public IReadOnlyList<TargetState> Of(string provider) =>
    [
        .. _states.Values.Where(state => state.Provider == provider)
            .OrderBy(state => state.Model, StringComparer.Ordinal),
    ];

    /// <summary>Takes a provider out, or one of its models; nothing goes there until a reset.</summary>
    /// <param name="provider">The provider.</param>
    /// <param name="model">Null: all its models, those included that are addressed later.</param>
    /// <returns>The targets that are isolated now; none when the model is unknown.</returns>
    public IReadOnlyList<TargetState> Isolate(string provider, string? model)
    {
        if (model is null)
        {
            // Before the targets are listed, so that one that comes to be known meanwhile isn't missed.
            _isolated[provider] = true;
        }

        return Each(provider, model, static state => state.Breaker.Isolate());
    }

    /// <summary>
    /// Closes the circuits of a provider, or of one of its models, by hand, ends their rests and forgets what it said
    /// of its limits.
    /// </summary>
    /// <param name="provider">The provider.</param>
    /// <param name="model">Null: all its models.</param>
    /// <returns>The targets whose circuits are closed now; none when the model is unknown.</returns>
    public IReadOnlyList<TargetState> Reset(string provider, string? model)
    {
        if (model is null)
        {
            _isolated.TryRemove(provider, out _);
        }

        return Each(provider, model, static state =>
        {
            state.Breaker.Reset();
            state.Cooldown.Clear();
            state.Spent.Clear();
            state.Admission.Forget();
        });
    }

    /// <summary>
    /// After a reload: what no route names any more is unconfigured again, what no provider has is gone.
    /// </summary>
    public void KeepOnly(IReadOnlySet<(string Provider, string Model)> configured, IReadOnlySet<string> providers)
    {
        foreach (var (id, state) in _states)
        {
            state.IsConfigured = configured.Contains(id);
            if (!providers.Contains(id.Provider) && _states.TryRemove(id, out _))
            {
                state.Admission.Paces.Retire();
            }
        }

        _shared.KeepOnly(providers);

        foreach (var provider in _isolated.Keys.Where(provider => !providers.Contains(provider)))
        {
            _isolated.TryRemove(provider, out _);
        }

        Volatile.Write(ref _unconfigured, _states.Values.Count(state => !state.IsConfigured));
    }

    private void OnChanged(TargetState state, CircuitTransition transition)
    {
        if (transition is { From: CircuitState.HalfOpen, To: CircuitState.Closed })
        {
            state.Ramp.Recovered(state.Breaker.Options.RecoveryTimeout / 2);
        }

        CircuitChanged?.Invoke(state, transition);
    }

    private TargetState GetOrAdd(ProviderOptions provider, string model)
    {
        if (_states.TryGetValue((provider.Name, model), out var known))
        {
            return known;
        }

        var fresh = Fresh(provider, model);
        var state = _states.GetOrAdd((provider.Name, model), fresh);
        if (ReferenceEquals(state, fresh))
        {
            state.Breaker.StateChanged += (_, transition) => OnChanged(state, transition);
            IsolateLikeItsProvider(state);
            RestrictLikeTheOthers(state);
        }

        return state;
    }

    private TargetState Fresh(ProviderOptions provider, string model)
    {
        var fresh = new TargetState(
            provider.Name, model, provider.CircuitBreakerOf(model), _shared, Time,
            HashCode.Combine(seed, provider.Name, model));
        fresh.Admission.Configure(provider.Queue, provider.RateLimitScope);
        fresh.Admission.Restrict(_restriction.Value);
        IsolateLikeItsProvider(fresh);
        return fresh;
    }

    /// <summary>
    /// Once it is listed: the restriction may have changed after it got its own and before it was there to be told.
    /// </summary>
    private void RestrictLikeTheOthers(TargetState state)
    {
        StrongBox<AdmissionRestriction> restriction;
        do
        {
            restriction = _restriction;
            state.Admission.Restrict(restriction.Value);
        }
        while (!ReferenceEquals(restriction, _restriction));
    }

    private void IsolateLikeItsProvider(TargetState state)
    {
        if (_isolated.ContainsKey(state.Provider))
        {
            state.Breaker.Isolate();
        }
    }

    private IReadOnlyList<TargetState> Each(string provider, string? model, Action<TargetState> change)
    {
        IReadOnlyList<TargetState> changed =
            [.. Of(provider).Where(state => model is null || state.Model == model)];
        foreach (var state in changed)
        {
            change(state);
        }

        return changed;
    }
}

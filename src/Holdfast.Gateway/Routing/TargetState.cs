using System.Collections.Concurrent;
using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Routing;

/// <summary>What is known of one provider's model: shared by all routes, kept across reloads.</summary>
internal sealed class TargetState(
    string provider, string model, CircuitBreakerOptions options, TimeProvider time, int seed)
{
    public string Provider { get; } = provider;

    public string Model { get; } = model;

    public CircuitBreaker Breaker { get; } = new($"{provider}/{model}", options, time);

    /// <summary>Runs after a 429 until the provider's delay has passed.</summary>
    public Cooldown Cooldown { get; } = new(time);

    /// <summary>How the target does: what weighted and fastest go by, hedges and adaptive timeouts too.</summary>
    public TargetStatistics Statistics { get; } = new(time);

    /// <summary>After its circuit has closed the target's share of the calls rises in steps.</summary>
    public FailoverRamp Ramp { get; } = new(new FailoverRampOptions(), time, new Random(seed));

    /// <summary>A route of the present configuration names it.</summary>
    public bool IsConfigured { get; set; }
}

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
    private int _unconfigured;

    /// <summary>A breaker changed its state. The listener must not block and must not throw.</summary>
    public event Action<TargetState, CircuitTransition>? CircuitChanged;

    /// <summary>The clock that all of them go by.</summary>
    public TimeProvider Time { get; } = time;

    public IEnumerable<TargetState> All => _states.Values;

    /// <summary>The state of a target that the configuration names.</summary>
    public TargetState Configured(ProviderOptions provider, string model)
    {
        var state = GetOrAdd(provider, model);
        state.IsConfigured = true;
        state.Breaker.Options = provider.CircuitBreaker;
        return state;
    }

    /// <summary>The state of a target that a caller addressed directly.</summary>
    public TargetState Direct(ProviderOptions provider, string model)
    {
        if (_states.TryGetValue((provider.Name, model), out var known))
        {
            // A reload may have changed them; a state that routes name was told then.
            if (!known.IsConfigured && !ReferenceEquals(known.Breaker.Options, provider.CircuitBreaker))
            {
                known.Breaker.Options = provider.CircuitBreaker;
            }

            return known;
        }

        return Volatile.Read(ref _unconfigured) < MaxUnconfigured
            && Interlocked.Increment(ref _unconfigured) <= MaxUnconfigured
                ? GetOrAdd(provider, model)
                : GetOrAdd(provider, Others);
    }

    /// <summary>
    /// After a reload: what no route names any more is unconfigured again, what no provider has is gone.
    /// </summary>
    public void KeepOnly(IReadOnlySet<(string Provider, string Model)> configured, IReadOnlySet<string> providers)
    {
        foreach (var (id, state) in _states)
        {
            state.IsConfigured = configured.Contains(id);
            if (!providers.Contains(id.Provider))
            {
                _states.TryRemove(id, out _);
            }
        }

        Volatile.Write(ref _unconfigured, _states.Values.Count(state => !state.IsConfigured));
    }

    private void OnChanged(TargetState state, CircuitTransition transition)
    {
        if (transition is { From: CircuitState.HalfOpen, To: CircuitState.Closed })
        {
            state.Ramp.Recovered();
        }

        CircuitChanged?.Invoke(state, transition);
    }

    private TargetState GetOrAdd(ProviderOptions provider, string model)
    {
        if (_states.TryGetValue((provider.Name, model), out var known))
        {
            return known;
        }

        var fresh = new TargetState(
            provider.Name, model, provider.CircuitBreaker, Time, HashCode.Combine(seed, provider.Name, model));
        var state = _states.GetOrAdd((provider.Name, model), fresh);
        if (ReferenceEquals(state, fresh))
        {
            state.Breaker.StateChanged += (_, transition) => OnChanged(state, transition);
        }

        return state;
    }
}

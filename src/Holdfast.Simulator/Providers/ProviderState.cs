using Holdfast.Simulator.Answers;

namespace Holdfast.Simulator.Providers;

/// <summary>All that a running simulator knows of one provider.</summary>
internal sealed class ProviderState
{
    private readonly TimeProvider _time;
    private readonly int _simulatorSeed;
    private volatile Plan _plan;
    private long _answers;

    public ProviderState(Flavour flavour, Behaviour behaviour, int simulatorSeed, TimeProvider time)
    {
        Flavour = flavour;
        Rates = new RateWindow(time);
        _time = time;
        _simulatorSeed = simulatorSeed;
        _plan = PlanOf(behaviour);
    }

    public Flavour Flavour { get; }

    public Plan Plan => _plan;

    public TrafficCounters Counters { get; } = new();

    public LastRequest Last { get; } = new();

    public RateWindow Rates { get; }

    /// <summary>Begins a behaviour: the rolls and the outages start anew.</summary>
    public void Set(Behaviour behaviour) => _plan = PlanOf(behaviour);

    /// <summary>Ids are counted apart from the rolls, so that they stay unique when a behaviour begins anew.</summary>
    public SplitMix NextIds() =>
        new((_plan.Seed ^ 0xA5A5A5A5A5A5A5A5) + ((ulong)Interlocked.Increment(ref _answers) << 20));

    private Plan PlanOf(Behaviour behaviour)
    {
        var seed = behaviour.Seed is { } own
            ? (ulong)(uint)own
            : StableHash.Add(StableHash.Start ^ (uint)_simulatorSeed, Flavour.Name);
        return new Plan(behaviour, seed, _time.GetTimestamp());
    }
}

using Holdfast.Simulator.Answers;

namespace Holdfast.Simulator.Providers;

/// <summary>
/// A behaviour since it was set. The n-th request since then has the n-th roll of the seed, so equal seeds give equal
/// outcomes in the order of arrival.
/// </summary>
internal sealed class Plan(Behaviour behaviour, ulong seed, long startedAt)
{
    private long _requests;

    public Behaviour Behaviour { get; } = behaviour;

    public ulong Seed { get; } = seed;

    public Outage? OutageAt(TimeProvider time)
    {
        if (Behaviour.Outages.Count == 0)
        {
            return null;
        }

        var elapsed = time.GetElapsedTime(startedAt);
        return Behaviour.Outages.FirstOrDefault(outage => elapsed >= outage.From && elapsed < outage.To);
    }

    public Draw Next()
    {
        var ordinal = (ulong)Interlocked.Increment(ref _requests);
        var dice = new SplitMix(Seed + (ordinal * 0xD1342543DE82EF95));
        var roll = dice.NextUnit();
        foreach (var failure in Behaviour.Failures)
        {
            if (roll < failure.Share)
            {
                return new Draw(failure, dice.NextIn(failure.Chunks), dice.NextLatencyMs(Latency(failure)));
            }

            roll -= failure.Share;
        }

        return new Draw(null, 0, dice.NextLatencyMs(Behaviour.FirstToken));
    }

    private LatencyRange Latency(Failure failure) =>
        failure.Kind == FailureKind.Slow ? failure.FirstToken : Behaviour.FirstToken;
}

/// <summary>What has been drawn for one request.</summary>
internal readonly record struct Draw(Failure? Failure, int Chunks, double FirstTokenMs);

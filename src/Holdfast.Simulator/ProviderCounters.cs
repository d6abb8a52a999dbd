namespace Holdfast.Simulator;

/// <summary>What a simulated provider has done since it started or was reset.</summary>
public sealed record ProviderCounters
{
    /// <summary>Calls that arrived (chat completions and messages; lists of models don't count).</summary>
    public long Requests { get; init; }

    /// <summary>Calls that got a whole good answer, plain or streamed.</summary>
    public long Succeeded { get; init; }

    /// <summary>Streams that were begun.</summary>
    public long Streams { get; init; }

    /// <summary>Streams that got to their proper end.</summary>
    public long CompletedStreams { get; init; }

    /// <summary>Calls whose client left before the end.</summary>
    public long ClientGone { get; init; }

    /// <summary>Calls being answered now.</summary>
    public long InFlight { get; init; }

    /// <summary>Prompt tokens of the calls that succeeded.</summary>
    public long TokensIn { get; init; }

    /// <summary>Completion tokens of the calls that succeeded.</summary>
    public long TokensOut { get; init; }

    /// <summary>How often each failure was really served, by its scenario key; <c>outage</c> for outages.</summary>
    public IReadOnlyDictionary<string, long> Failures { get; init; } = new Dictionary<string, long>();
}

using Holdfast.Simulator.Scenarios;

namespace Holdfast.Simulator;

/// <summary>
/// How a simulated provider answers: its speed, its failures, its outages. The default is perfect and instant.
/// </summary>
public sealed record Behaviour
{
    /// <summary>Determines texts and failures. Null: from <see cref="SimulatorOptions.Seed"/> and the name.</summary>
    public int? Seed { get; init; }

    /// <summary>The time to the first token (the whole time of a plain answer is this and the tokens' pace).</summary>
    public LatencyRange FirstToken { get; init; }

    /// <summary>The pace after the first token; 0, the default, is as fast as it can be.</summary>
    public double TokensPerSecond { get; init; }

    /// <summary>How many tokens an answer has, drawn by the question. Default 16 to 48.</summary>
    public CountRange OutputTokens { get; init; } = new(16, 48);

    /// <summary>Sends characters of several bytes in two writes. Default false.</summary>
    public bool SplitUtf8 { get; init; }

    /// <summary>Sends a comment line before the events of a stream, as OpenRouter does. Default false.</summary>
    public bool Comments { get; init; }

    /// <summary>
    /// So many last words of an answer that was cut are said once more by a provider that is asked in words to go on
    /// with it, as models do. Default 0.
    /// </summary>
    public int RepeatedWords { get; init; }

    /// <summary>The failures; one roll per request decides between them and a good answer.</summary>
    public IReadOnlyList<Failure> Failures { get; init; } = [];

    /// <summary>What each key may ask for; null, the default: nobody is refused.</summary>
    public RateLimits? Limits { get; init; }

    /// <summary>When it is away, counted from the moment this behaviour was set.</summary>
    public IReadOnlyList<Outage> Outages { get; init; } = [];

    /// <summary>Reads a behaviour in the scenario's shape.</summary>
    /// <param name="json">A JSON object such as <c>{"failures": {"status500": 0.1}}</c>.</param>
    /// <exception cref="ScenarioException">The text is no valid behaviour; the message says where and why.</exception>
    public static Behaviour Parse(string json) => BehaviourReader.Parse(json, "behaviour");

    /// <summary>The scenario's shape of this behaviour.</summary>
    public string ToJson() => BehaviourWriter.Write(this);
}

/// <summary>A log-normal latency in milliseconds by its median and 99th percentile; equal ones are fixed.</summary>
/// <param name="P50Ms">The median, 0 or more.</param>
/// <param name="P99Ms">The 99th percentile, not below the median.</param>
public readonly record struct LatencyRange(double P50Ms, double P99Ms);

/// <summary>A number between two bounds, both included.</summary>
/// <param name="Min">The least.</param>
/// <param name="Max">The most.</param>
public readonly record struct CountRange(int Min, int Max);

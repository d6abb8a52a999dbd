using Holdfast.Simulator;

namespace Holdfast.Bench.TraceLoad;

/// <summary>
/// Both providers in compressed time: the primary is the simulator's <c>openai</c>, the backup its <c>anthropic</c>.
/// </summary>
/// <param name="Compression">How many of the trace's seconds pass in one.</param>
/// <param name="Seed">Determines failures and texts.</param>
/// <param name="LongestAnswer">Tokens of the trace's longest answer; each call asks for as many as its own had.</param>
internal sealed record TracedProviders(int Compression, int Seed, int LongestAnswer)
{
    public const string Primary = "openai";
    public const string Backup = "anthropic";

    /// <summary>
    /// Good throughout: 50 tokens a second of the trace's time after 300 ms; one answer in a hundred begins after 2 s.
    /// It allows 10,000 calls and 2,000,000 tokens in a minute of the trace, which the whole load stays below.
    /// </summary>
    public Behaviour Good => Behaviour.Parse(Json(""));

    /// <summary>
    /// One call in twenty fails, in the ways that a provider does before it has said anything, and all do meanwhile.
    /// </summary>
    public Behaviour Failing((double From, double Until) outage, string mode) => Behaviour.Parse(Json($$"""
        , "failures": {"status500": 0.02, "status503": 0.01, "refuse": 0.01, "errorIn200": 0.005, "silent": 0.005},
         "outages": [{"from": {{Moment(outage.From)}}, "to": {{Moment(outage.Until)}}, "mode": "{{mode}}"}]
        """));

    private string Json(string more) => FormattableString.Invariant($$"""
        {"seed": {{Seed}}, "firstTokenMs": {"p50": {{300.0 / Compression}}, "p99": {{2000.0 / Compression}}},
         "tokensPerSecond": {{50.0 * Compression}}, "outputTokens": {{LongestAnswer + 1}},
         "limits": {"period": "1m", "requests": {{10_000 * Compression}}, "tokens": {{2_000_000 * Compression}}}
         {{more}}}
        """);

    private string Moment(double at) => FormattableString.Invariant($"\"{at / Compression * 1000:0}ms\"");
}

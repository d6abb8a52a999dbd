using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Retrying;
using Holdfast.Timeouts;

namespace Holdfast.Gateway.Configuration;

/// <summary>What <c>defaults</c> says: where every inheritance starts.</summary>
internal sealed record DefaultsSection
{
    private static readonly string[] Strategies = ["sequential", "parallel", "fastest", "weighted", "random"];

    public string Strategy { get; private init; } = "sequential";

    public CircuitBreakerOptions CircuitBreaker { get; private init; } = new();

    public RetryOptions Retry { get; private init; } = new();

    public TimeoutOptions Timeouts { get; private init; } = new();

    public IReadOnlyList<Outcome> FailoverOn { get; private init; } = [];

    public static DefaultsSection Read(SectionReader section)
    {
        var read = new DefaultsSection
        {
            Strategy = ReadStrategy(section, "sequential"),
            CircuitBreaker = OptionLayers.CircuitBreaker(section.Section("circuitBreaker"), new()),
            Retry = OptionLayers.Retry(section.Section("retry"), new()),
            Timeouts = OptionLayers.Timeouts(section.Section("timeouts"), new()),
            FailoverOn = OutcomeWords.FailoverOn(section, []),
        };
        UnbuiltSections.ReadMaxConcurrent(section);
        UnbuiltSections.ReadQueue(section);
        UnbuiltSections.ReadHealthCheck(section);
        section.Done();
        return read;
    }

    public static string ReadStrategy(SectionReader section, string fallback)
    {
        var strategy = section.Word("strategy", fallback, Strategies);
        if (section.Has("strategy") && strategy != "sequential")
            section.Warn("strategy", $"{strategy} is accepted, but this version uses sequential");
        return strategy;
    }
}

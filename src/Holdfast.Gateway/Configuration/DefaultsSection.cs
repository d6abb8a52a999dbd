using Holdfast.Admission;
using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Retrying;
using Holdfast.Timeouts;

namespace Holdfast.Gateway.Configuration;

/// <summary>What <c>defaults</c> says: where every inheritance starts.</summary>
internal sealed record DefaultsSection
{
    /// <summary>The words for the strategies.</summary>
    public static readonly IReadOnlyList<string> Strategies =
        [.. Enum.GetNames<FailoverStrategy>().Select(name => name.ToLowerInvariant())];

    public FailoverStrategy Strategy { get; private init; }

    public int MaxConcurrent { get; private init; } = 3;

    public CircuitBreakerOptions CircuitBreaker { get; private init; } = new();

    public RetryOptions Retry { get; private init; } = new();

    public TimeoutOptions Timeouts { get; private init; } = new();

    public HealthCheckOptions HealthCheck { get; private init; } = new();

    public AdmissionOptions Queue { get; private init; } = CallLimits.None;

    public IReadOnlyList<Outcome> FailoverOn { get; private init; } = [];

    /// <summary>False: calls are passed on to the first target and nothing protects them. Default true.</summary>
    public bool Reliability { get; private init; } = true;

    public static DefaultsSection Read(SectionReader section)
    {
        var read = new DefaultsSection
        {
            Strategy = ReadStrategy(section, FailoverStrategy.Sequential),
            MaxConcurrent = ReadMaxConcurrent(section, 3),
            CircuitBreaker = OptionLayers.CircuitBreaker(section.Section("circuitBreaker"), new()),
            Retry = OptionLayers.Retry(section.Section("retry"), new()),
            Timeouts = OptionLayers.Timeouts(section.Section("timeouts"), new()),
            HealthCheck = OptionLayers.HealthCheck(section.Section("healthCheck"), new()),
            Queue = OptionLayers.Queue(section.Section("queue"), CallLimits.None),
            FailoverOn = OutcomeWords.FailoverOn(section, []),
            Reliability = section.Flag("reliability", true),
        };
        section.Done();
        return read;
    }

    public static FailoverStrategy ReadStrategy(SectionReader section, FailoverStrategy fallback) =>
        Enum.Parse<FailoverStrategy>(
            section.Word("strategy", fallback.ToString().ToLowerInvariant(), Strategies), ignoreCase: true);

    public static int ReadMaxConcurrent(SectionReader section, int fallback) =>
        section.Integer("maxConcurrent", fallback, 1, 1000);
}

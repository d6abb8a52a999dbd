using System.Diagnostics.Metrics;
using Holdfast.CircuitBreaking;
using Holdfast.Gateway.Observability;

namespace Holdfast.Gateway.Routing;

/// <summary>Shows the breakers: their states at each scrape, and every change in a counter and in the log.</summary>
internal sealed partial class RoutingMetrics
{
    private readonly TargetStates _states;
    private readonly Counter<long> _transitions;
    private readonly ILogger _logger;

    public RoutingMetrics(TargetStates states, GatewayMeter meter, ILogger<RoutingMetrics> logger)
    {
        _states = states;
        _logger = logger;
        meter.Meter.CreateObservableGauge("circuit_breaker_state", Providers, null,
            "The worst of a provider's circuits: 0 closed, 1 half-open, 2 open or isolated");
        meter.Meter.CreateObservableGauge("holdfast_circuit_state", Targets, null,
            "A target's circuit: 0 closed, 1 half-open, 2 open or isolated");
        meter.Meter.CreateObservableCounter("holdfast_circuit_rejections_total", Rejections, null,
            "Calls that a circuit turned away");
        _transitions = meter.Meter.CreateCounter<long>(
            "holdfast_circuit_transitions_total", null, "Changes of a circuit's state");
        states.CircuitChanged += OnCircuitChanged;
    }

    private static long Number(CircuitState state) => state switch
    {
        CircuitState.Closed => 0,
        CircuitState.HalfOpen => 1,
        _ => 2,
    };

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);

    /// <summary>Targets that only callers named are one series a provider, by their worst.</summary>
    private IEnumerable<IGrouping<(string Provider, string Model), TargetState>> Grouped() =>
        _states.All.GroupBy(state => (state.Provider, state.IsConfigured ? state.Model : TargetStates.Others));

    private IEnumerable<Measurement<long>> Providers() => _states.All.GroupBy(state => state.Provider)
        .Select(group => new Measurement<long>(
            group.Max(state => Number(state.Breaker.State)), Tag("provider", group.Key)));

    private IEnumerable<Measurement<long>> Targets() => Grouped().Select(group => new Measurement<long>(
        group.Max(state => Number(state.Breaker.State)),
        Tag("provider", group.Key.Provider), Tag("model", group.Key.Model)));

    private IEnumerable<Measurement<long>> Rejections() => Grouped().Select(group => new Measurement<long>(
        group.Sum(state => state.Breaker.Rejections),
        Tag("provider", group.Key.Provider), Tag("model", group.Key.Model)));

    private void OnCircuitChanged(TargetState state, CircuitTransition transition)
    {
        var to = transition.To.Word();
        _transitions.Add(1, Tag("provider", state.Provider),
            Tag("model", state.IsConfigured ? state.Model : TargetStates.Others), Tag("to", to));
        CircuitChanged(state.Provider, state.Model, transition.From.Word(), to);
    }

    [LoggerMessage(20, LogLevel.Warning, "circuit of {Provider}/{Model}: {From} -> {To}")]
    private partial void CircuitChanged(string provider, string model, string from, string to);
}

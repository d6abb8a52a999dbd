using System.Diagnostics.Metrics;
using Holdfast.Admission;
using Holdfast.Gateway.Admission;
using Holdfast.Gateway.Observability;

namespace Holdfast.Gateway.Routing;

/// <summary>
/// Shows the queues at each scrape: those of the targets that have limits, and the whole gateway's with the scope
/// <c>gateway</c>. <c>holdfast_admission_saturation</c> is what an autoscaler follows.
/// </summary>
internal sealed class AdmissionMetrics
{
    private readonly TargetStates _states;
    private readonly GatewayAdmission _gateway;

    public AdmissionMetrics(TargetStates states, GatewayAdmission gateway, GatewayMeter meter)
    {
        _states = states;
        _gateway = gateway;
        var own = meter.Meter;
        own.CreateObservableGauge("holdfast_admission_depth", () => Each(queue => queue.Depth), null,
            "Calls that wait to be let in");
        own.CreateObservableGauge("holdfast_admission_running", () => Each(queue => queue.Running), null,
            "Calls that were let in and run");
        own.CreateObservableGauge("holdfast_admission_limit", () => Each(queue => queue.MaxConcurrency), null,
            "Calls that may run at once; 0 without such a limit");
        own.CreateObservableGauge("holdfast_admission_saturation", () => Each(queue => queue.Saturation), null,
            "Calls that run and wait over those that may run");
        own.CreateObservableCounter("holdfast_admission_refused_total", Refused, null,
            "Calls that were turned away or passed on, by reason");
    }

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);

    private static KeyValuePair<string, object?>[] Tags(TargetState target) =>
    [
        Tag("scope", "target"), Tag("provider", target.Provider), Tag("model", target.Model),
    ];

    // Models that only callers named have no series of their own: what callers choose is no label.
    private IEnumerable<TargetState> Targets() => _states.All.Where(state => state.IsConfigured);

    private IEnumerable<Measurement<double>> Each(Func<AdmissionStatus, double> value)
    {
        foreach (var target in Targets())
        {
            if (target.Admission.GetStatus() is { } status)
            {
                yield return new Measurement<double>(value(status), Tags(target));
            }
        }

        if (_gateway.GetStatus() is { } whole)
        {
            yield return new Measurement<double>(value(whole), Tag("scope", "gateway"));
        }
    }

    private IEnumerable<Measurement<long>> Refused()
    {
        foreach (var target in Targets())
        {
            foreach (var (reason, count) in target.Admission.Refusals.All)
            {
                yield return new Measurement<long>(count, [.. Tags(target), Tag("reason", reason)]);
            }
        }

        foreach (var (reason, count) in _gateway.Refusals.All)
        {
            yield return new Measurement<long>(count, Tag("scope", "gateway"), Tag("reason", reason));
        }
    }
}

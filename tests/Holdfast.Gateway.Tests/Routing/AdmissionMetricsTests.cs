using System.Text;
using System.Text.Json;
using Holdfast.Admission;
using Holdfast.Failover;
using Holdfast.Gateway.Admin;
using Holdfast.Gateway.Admission;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Observability;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Routing;
using Holdfast.Gateway.Tests.Calls;

namespace Holdfast.Gateway.Tests.Routing;

/// <summary>Where limits can be seen: metrics, the status, an explanation.</summary>
public sealed class AdmissionMetricsTests : IDisposable
{
    private static readonly AdmissionOptions Two = CallLimits.None with { MaxConcurrency = 2, MaxQueueSize = 1 };

    private readonly GatewayMeter _meter = new();
    private readonly PrometheusPage _page;
    private readonly Gateway _gateway = new();
    private readonly GatewayAdmission _whole;

    public AdmissionMetricsTests()
    {
        _page = new PrometheusPage(_meter);
        _whole = new GatewayAdmission(_gateway.Time);
        _ = new AdmissionMetrics(_gateway.States, _whole, _meter);
        _gateway.Limit(Two);
        _gateway.With("a").Build();
    }

    private Target Target => _gateway.Routes.Routes[0].Targets[0];

    [Fact]
    public void A_targets_queue_is_on_the_page_and_in_the_status()
    {
        Crowd();

        var page = Page();
        const string labels = "{scope=\"target\",provider=\"a\",model=\"x\"}";
        Assert.Contains($"holdfast_admission_running{labels} 2\n", page);
        Assert.Contains($"holdfast_admission_depth{labels} 1\n", page);
        Assert.Contains($"holdfast_admission_limit{labels} 2\n", page);
        Assert.Contains("holdfast_admission_refused_total{scope=\"target\",provider=\"a\",model=\"x\","
            + "reason=\"queue_full\"} 1\n", page);
        var report = AdmissionReport.Of(Target.State.Admission.GetStatus(), Target.State.Admission.Refusals)!;
        Assert.Equal((2, 2, 1, 1, 1L, 1.5), (report.Running, report.MaxConcurrency, report.Depth, report.MaxQueueSize,
            report.Refused, report.Saturation));
    }

    [Fact]
    public void A_scaling_signal_tells_an_autoscaler_how_many_places_would_be_needed()
    {
        const string signal = "holdfast_admission_saturation{scope=\"target\",provider=\"a\",model=\"x\"}";
        Assert.Contains($"{signal} 0\n", Page());

        Crowd();

        // Two run and one waits, where two may run.
        Assert.Contains($"{signal} 1.5\n", Page());
    }

    [Fact]
    public async Task The_gateways_own_queue_has_its_scope()
    {
        _whole.Configure(CallLimits.None with { MaxConcurrency = 1, MaxQueueSize = 0 });
        for (var i = 0; i < 2; i++)
        {
            var call = ChatCall.Of();
            await _whole.EnterAsync(call, new CallRecord(call), default, default);
        }

        var page = Page();

        Assert.Contains("holdfast_admission_running{scope=\"gateway\"} 1\n", page);
        Assert.Contains("holdfast_admission_refused_total{scope=\"gateway\",reason=\"queue_full\"} 1\n", page);
    }

    [Fact]
    public void What_has_no_limits_has_no_series()
    {
        _gateway.RouteChange = route => route;
        _gateway.Build();

        Assert.DoesNotContain("provider=\"a\"", Page());
        Assert.Null(AdmissionReport.Of(Target.State.Admission.GetStatus(), Target.State.Admission.Refusals));
    }

    [Fact]
    public void Waits_are_measured_where_there_was_something_to_wait_for()
    {
        var metrics = new CallMetrics(_meter);
        var record = new CallRecord(ChatCall.Of()) { Queued = TimeSpan.FromSeconds(2) };
        record.Add(new AttemptRecord("a", "x", Outcome.Ok, TimeSpan.FromSeconds(1), true)
        {
            Queued = TimeSpan.FromSeconds(3),
        });
        record.Add(new AttemptRecord("b", "y", Outcome.Ok, TimeSpan.FromSeconds(1), true));

        metrics.OnCompleted(record);

        var page = Page();
        Assert.Contains("holdfast_admission_wait_seconds_sum{scope=\"gateway\"} 2\n", page);
        Assert.Contains(
            "holdfast_admission_wait_seconds_sum{scope=\"target\",provider=\"a\",model=\"x\"} 3\n", page);
        Assert.DoesNotContain("holdfast_admission_wait_seconds_count{scope=\"target\",provider=\"b\"", page);
    }

    [Fact]
    public void Waits_in_vain_are_measured_too_but_no_call_that_did_not_wait()
    {
        var metrics = new CallMetrics(_meter);
        var record = new CallRecord(ChatCall.Of()) { Queued = TimeSpan.Zero };
        record.Add(new AttemptRecord("a", "x", Outcome.Saturated, TimeSpan.Zero, false)
        {
            Queued = TimeSpan.FromSeconds(5),
        });

        metrics.OnCompleted(record);

        var page = Page();
        Assert.Contains(
            "holdfast_admission_wait_seconds_sum{scope=\"target\",provider=\"a\",model=\"x\"} 5\n", page);
        Assert.DoesNotContain("holdfast_admission_wait_seconds_count{scope=\"gateway\"}", page);
        Assert.DoesNotContain("holdfast_attempts_total{", page);
    }

    [Fact]
    public void An_explanation_says_that_a_target_is_at_its_limit()
    {
        var open = Explain();
        Assert.Equal((true, false), (open.Available, open.LastResort));

        Enter();
        Enter();
        var busy = Explain();
        Assert.Equal((true, true, 2), (busy.Available, busy.LastResort, busy.Admission!.Running));

        _ = Target.State.Admission.WaitAsync(default, Target.Provider.Keys, default);
        var full = Explain();
        Assert.Equal((false, "saturated"), (full.Available, full.Why));
    }

    public void Dispose()
    {
        _gateway.Dispose();
        _page.Dispose();
        _meter.Dispose();
    }

    private void Crowd()
    {
        Enter();
        Enter();
        _ = Target.State.Admission.WaitAsync(default, Target.Provider.Keys, default);
        Assert.Equal(AdmissionRefusal.QueueFull, Target.State.Admission.Look(default, Target.Provider.Keys).Refusal);
        Target.State.Admission.Refusals.Add(AdmissionRefusal.QueueFull);
    }

    private void Enter() => Target.State.Admission.TryEnter(default, Target.Provider.Keys, out _);

    private TargetExplanation Explain() => RouteExplanation.Of(
        "m", _gateway.Routes.Routes[0], FailoverStrategy.Sequential, new TargetOrder(new Random(1)),
        Holdfast.Modes.OperationMode.Normal).Targets[0];

    private string Page()
    {
        using var page = new PooledBuffer();
        _page.Write(page);
        return Encoding.UTF8.GetString(page.WrittenSpan);
    }
}

using System.Text;
using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Observability;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Routing;
using Holdfast.Gateway.Tests.Calls;
using Microsoft.Extensions.Logging;

namespace Holdfast.Gateway.Tests.Observability;

/// <summary>What a call leaves behind in metrics and in the log.</summary>
public sealed class CallMetricsTests : IDisposable
{
    private readonly GatewayMeter _meter = new();
    private readonly PrometheusPage _page;
    private readonly CallMetrics _metrics;
    private readonly ManualTimeProvider _time = new();

    public CallMetricsTests()
    {
        _page = new PrometheusPage(_meter);
        _metrics = new CallMetrics(_meter);
    }

    [Fact]
    public void Every_promised_family_is_on_the_page()
    {
        _ = new RoutingMetrics(new TargetStates(_time), _meter, new CapturedLog<RoutingMetrics>());

        var page = Page();

        Assert.All(
            [
                "circuit_breaker_state gauge", "holdfast_circuit_state gauge", "llm_requests_total counter",
                "holdfast_attempts_total counter", "holdfast_request_duration_seconds histogram",
                "holdfast_time_to_first_token_seconds histogram", "holdfast_overhead_seconds histogram",
                "holdfast_circuit_transitions_total counter", "holdfast_circuit_rejections_total counter",
                "holdfast_tokens_total counter", "holdfast_fallbacks_total counter", "holdfast_retries_total counter",
            ],
            family => Assert.Contains($"# TYPE {family}\n", page));
    }

    [Fact]
    public void A_call_is_counted_with_its_attempts_and_tokens()
    {
        _metrics.OnCompleted(Call());

        Assert.Equal(
            [
                "holdfast_attempts_total{provider=\"a\",model=\"x\",outcome=\"server_error\"} 1",
                "holdfast_attempts_total{provider=\"a\",model=\"x\",outcome=\"timeout\"} 1",
                "holdfast_attempts_total{provider=\"b\",model=\"y\",outcome=\"ok\"} 1",
                "holdfast_fallbacks_total{model=\"smart\"} 1",
                "holdfast_overhead_seconds_count{operation=\"chat\"} 1",
                "holdfast_request_duration_seconds_count{status=\"success\",model=\"smart\",operation=\"chat\"} 1",
                "holdfast_retries_total{model=\"smart\"} 1",
                "holdfast_time_to_first_token_seconds_count{model=\"smart\"} 1",
                "holdfast_tokens_total{provider=\"b\",model=\"y\",kind=\"cached_input\"} 3",
                "holdfast_tokens_total{provider=\"b\",model=\"y\",kind=\"input\"} 10",
                "holdfast_tokens_total{provider=\"b\",model=\"y\",kind=\"output\"} 5",
                "llm_requests_total{status=\"success\",model=\"smart\",operation=\"chat\"} 1",
            ],
            Page().Split('\n').Where(line => !line.StartsWith('#') && line.Length > 0
                && !line.Contains("_bucket{") && !line.Contains("_sum{")).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(Outcome.Cut)]
    [InlineData(Outcome.Cancelled)]
    [InlineData(Outcome.CallerError)]
    public void Whatever_is_not_ok_is_an_error(Outcome outcome)
    {
        var call = Call();
        call.Outcome = outcome;

        _metrics.OnCompleted(call);

        Assert.Contains("llm_requests_total{status=\"error\",model=\"smart\",operation=\"chat\"} 1\n", Page());
    }

    [Fact]
    public void No_label_takes_a_model_that_a_caller_chose()
    {
        var call = new CallRecord(ChatCall.Of("""{"model":"a/evil","messages":[{}]}"""));
        call.Add(new AttemptRecord("a", "evil", Outcome.NotFound, TimeSpan.Zero, true) { IsConfigured = false });

        _metrics.OnCompleted(call);

        Assert.DoesNotContain("evil", Page());
        Assert.Contains("holdfast_attempts_total{provider=\"a\",model=\"other\",outcome=\"not_found\"} 1\n", Page());
    }

    [Fact]
    public void Circuits_are_shown_with_the_providers_worst_first()
    {
        var states = new TargetStates(_time);
        var log = new CapturedLog<RoutingMetrics>();
        _ = new RoutingMetrics(states, _meter, log);
        var options = new ProviderOptions
        {
            Name = "a", Type = "openai", CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = 1 },
        };
        states.Configured(options, "x");
        Assert.True(states.Configured(options, "y").Breaker.TryAcquire(out var permit));
        permit.Failed();
        Assert.False(states.Configured(options, "y").Breaker.TryAcquire(out _));

        var page = Page();

        Assert.Contains("circuit_breaker_state{provider=\"a\"} 2\n", page);
        Assert.Contains("holdfast_circuit_state{provider=\"a\",model=\"x\"} 0\n", page);
        Assert.Contains("holdfast_circuit_state{provider=\"a\",model=\"y\"} 2\n", page);
        Assert.Contains("holdfast_circuit_transitions_total{provider=\"a\",model=\"y\",to=\"open\"} 1\n", page);
        Assert.Contains("holdfast_circuit_rejections_total{provider=\"a\",model=\"y\"} 1\n", page);
        Assert.Equal("circuit of a/y: closed -> open", log.Lines.Single().Text);
    }

    [Fact]
    public void A_circuit_that_lets_a_probe_in_is_shown_as_half_open()
    {
        var states = new TargetStates(_time);
        _ = new RoutingMetrics(states, _meter, new CapturedLog<RoutingMetrics>());
        var circuit = new CircuitBreakerOptions { FailureThreshold = 1 };
        var breaker = states.Configured(
            new ProviderOptions { Name = "a", Type = "openai", CircuitBreaker = circuit }, "x").Breaker;
        Assert.True(breaker.TryAcquire(out var permit));
        permit.Failed();

        _time.Advance(circuit.RecoveryTimeout);
        Assert.True(breaker.TryAcquire(out _));

        Assert.Contains("circuit_breaker_state{provider=\"a\"} 1\n", Page());
    }

    [Fact]
    public void Targets_that_only_callers_named_are_one_series()
    {
        var states = new TargetStates(_time);
        _ = new RoutingMetrics(states, _meter, new CapturedLog<RoutingMetrics>());
        var options = new ProviderOptions { Name = "a", Type = "openai" };
        states.Direct(options, "evil-1").Breaker.Isolate();
        states.Direct(options, "evil-2");

        Assert.Contains("holdfast_circuit_state{provider=\"a\",model=\"other\"} 2\n", Page());
        Assert.DoesNotContain("evil", Page());
    }

    [Fact]
    public void A_call_is_one_line_in_the_log_with_no_content_and_no_key()
    {
        var log = new CapturedLog<CallLog>();
        var call = Call();
        call.Error = new CallError(502, "t", "all_targets_failed", "SECRET-ANSWER");

        new CallLog(log).OnCompleted(call);

        var line = Assert.Single(log.Lines);
        Assert.Equal(LogLevel.Information, line.Level);
        Assert.DoesNotContain("SECRET", line.Text);
        Assert.DoesNotContain('\n', line.Text);
        Assert.Equal("c/z:circuit_open,a/x:server_error(1500.0ms),a/x:timeout(0.0ms),b/y:ok(0.0ms)",
            line.Values["Attempted"]);
        Assert.Equal(("req_1", 200, "ok", "b"),
            (line.Values["RequestId"], line.Values["Status"], line.Values["Outcome"], line.Values["Provider"]));
        Assert.Equal((3, 2000.0, 500.0, 1.0), (line.Values["Attempts"], line.Values["DurationMs"],
            line.Values["FirstTokenMs"], line.Values["OverheadMs"]));
    }

    [Fact]
    public void A_models_name_cannot_forge_a_line_in_the_log()
    {
        var log = new CapturedLog<CallLog>();

        new CallLog(log).OnCompleted(new CallRecord(ChatCall.Of("""{"model":"x status=200 ü","messages":[{}]}""")));

        Assert.Contains("model=x%20status=200%20%C3%BC ", log.Lines.Single().Text);
    }

    [Fact]
    public void A_direct_models_name_cannot_break_out_of_the_line_of_its_call()
    {
        const string Evil = "x\" status=500 {\"event\":\"call\"}\u009b31m";
        var log = new CapturedLog<CallLog>();
        var call = new CallRecord(ChatCall.Of("""
            {"model":"a/x\" status=500 {\"event\":\"call\"}","messages":[{}]}
            """));
        var winner = new AttemptRecord("a", Evil, Outcome.Ok, TimeSpan.Zero, true);
        call.Add(winner);
        call.Won(winner);

        new CallLog(log).OnCompleted(call);

        var line = Assert.Single(log.Lines);
        Assert.Contains(" model=a/x\"%20status=500%20{\"event\":\"call\"} ", line.Text);
        Assert.Contains(" providerModel=x\"%20status=500%20{\"event\":\"call\"}%C2%9B31m ", line.Text);
        Assert.All(line.Values.Values.OfType<string>().Append(line.Text),
            text => Assert.DoesNotContain(text, char.IsControl));
    }

    [Fact]
    public void A_direct_models_name_cannot_break_out_of_the_line_of_its_circuit()
    {
        var states = new TargetStates(_time);
        var log = new CapturedLog<RoutingMetrics>();
        _ = new RoutingMetrics(states, _meter, log);

        states.Direct(new ProviderOptions { Name = "a", Type = "openai" }, "x\"\n\u001b[31m -> closed")
            .Breaker.Isolate();

        Assert.Equal("circuit of a/x\"%0A%1B[31m%20->%20closed: closed -> isolated", Assert.Single(log.Lines).Text);
    }

    [Fact]
    public void A_log_that_is_turned_down_gets_nothing()
    {
        var log = new CapturedLog<CallLog>(LogLevel.Warning);

        new CallLog(log).OnCompleted(Call());

        Assert.Empty(log.Lines);
    }

    public void Dispose()
    {
        _page.Dispose();
        _meter.Dispose();
    }

    private static CallRecord Call()
    {
        var usage = new Usage(10, 5, CachedInput: 3);
        var record = new CallRecord(ChatCall.Of(
            """{"model":"smart","stream":true,"messages":[{"role":"user","content":"SECRET-PROMPT"}]}"""))
        {
            ModelLabel = "smart", Outcome = Outcome.Ok, HttpStatus = 200, FellBack = true, Usage = usage,
            Duration = TimeSpan.FromSeconds(2), TimeToFirstToken = TimeSpan.FromSeconds(0.5),
            Overhead = TimeSpan.FromMilliseconds(1),
        };
        record.Add(new AttemptRecord("c", "z", Outcome.CircuitOpen, TimeSpan.Zero, false));
        record.Add(new AttemptRecord("a", "x", Outcome.ServerError, TimeSpan.FromSeconds(1.5), true)
        {
            Message = "SECRET-WORDS",
        });
        record.Add(new AttemptRecord("a", "x", Outcome.Timeout, TimeSpan.Zero, true) { IsRepeat = true });
        var winner = new AttemptRecord("b", "y", Outcome.Ok, TimeSpan.Zero, true) { Usage = usage };
        record.Add(winner);
        record.Won(winner);
        return record;
    }

    private string Page()
    {
        using var output = new PooledBuffer();
        _page.Write(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}

using System.Net;
using System.Text;
using Holdfast.Gateway.Observability;
using Holdfast.Simulator;
using Holdfast.System.Tests.Gateway;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.System.Tests.Observability;

/// <summary>Spans of one gateway are heard by every exporter of the process, so nothing else may run beside.</summary>
[CollectionDefinition(nameof(TelemetryExport), DisableParallelization = true)]
public sealed class TelemetryExport;

/// <summary>What a collector gets of calls through a real gateway, over OTLP.</summary>
[Collection(nameof(TelemetryExport))]
public sealed class TelemetryExportTests : IAsyncLifetime
{
    private const string Smart = """
        models:
          smart:
            targets: [ openai/gpt-4o, groq/llama-3.3-70b ]
            retry: { maxRetries: 0 }
        """;

    private const string Prompt = "a secret that no span may hold";

    private readonly Dictionary<string, string> _environment = new()
    {
        ["OTEL_BSP_SCHEDULE_DELAY"] = "50",
    };

    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(30) };
    private OtlpReceiver _receiver = null!;
    private int _traces;

    public async Task InitializeAsync()
    {
        _receiver = await OtlpReceiver.StartAsync();
        _environment["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = _receiver.Http + "/v1/traces";
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _receiver.DisposeAsync();
    }

    [Fact]
    public async Task A_call_is_a_server_span_below_its_caller_and_each_attempt_a_client_span_below_the_call()
    {
        await using var gateway = await StartAsync(Smart);
        gateway.Fail("openai", "\"status500\": 1");
        var trace = NextTrace();

        using var response = await CallAsync(gateway, trace);
        var spans = await SpansAsync(trace, 3);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var call = Assert.Single(spans, span => span.Kind == ReceivedSpan.Server);
        Assert.Equal(("POST /v1/chat/completions", "b7ad6b7169203331"), (call.Name, call.ParentId));
        Assert.Equal(("POST", "/v1/chat/completions", "200", "smart", "ok", "2", "true", "groq"),
            (call["http.request.method"], call["http.route"], call["http.response.status_code"],
                call["holdfast.route"], call["holdfast.outcome"], call["holdfast.attempts"],
                call["holdfast.fallback"], call["holdfast.provider"]));
        Assert.Equal(response.Headers.GetValues("x-request-id").Single(), call["holdfast.request_id"]);
        Assert.Equal(0, call.StatusCode);
        var attempts = spans.Where(span => span.Kind == ReceivedSpan.Client).ToList();
        Assert.Equal(2, attempts.Count);
        Assert.All(attempts, attempt => Assert.Equal(call.SpanId, attempt.ParentId));
        Assert.All(spans, span => Assert.Equal("holdfast", span.Service));
    }

    [Fact]
    public async Task An_attempt_has_the_attributes_of_generative_AI_and_a_failing_one_is_marked()
    {
        await using var gateway = await StartAsync(Smart);
        gateway.Fail("openai", "\"status500\": 1");
        var trace = NextTrace();

        using var response = await CallAsync(gateway, trace);
        var spans = await SpansAsync(trace, 3);

        var failed = Assert.Single(spans, span => span["gen_ai.provider.name"] == "openai");
        Assert.Equal(("chat gpt-4o", ReceivedSpan.Error, "server_error", "500"),
            (failed.Name, failed.StatusCode, failed["error.type"], failed["http.response.status_code"]));
        var won = Assert.Single(spans, span => span["gen_ai.provider.name"] == "groq");
        Assert.Equal(("chat", "llama-3.3-70b", "llama-3.3-70b", "200", "ok", 0), (won["gen_ai.operation.name"],
            won["gen_ai.request.model"], won["gen_ai.response.model"], won["http.response.status_code"],
            won["holdfast.outcome"], won.StatusCode));
        var simulator = gateway.Simulator.BaseUrl;
        Assert.Equal((simulator.Host, $"{simulator.Port}"), (won["server.address"], won["server.port"]));
        Assert.True(int.Parse(won["gen_ai.usage.input_tokens"]!) > 0);
        Assert.True(int.Parse(won["gen_ai.usage.output_tokens"]!) > 0);
        Assert.NotNull(won["gen_ai.response.id"]);
        Assert.Null(won["error.type"]);
    }

    [Fact]
    public async Task A_streams_span_ends_with_the_stream_and_has_its_first_token_and_its_usage()
    {
        await using var gateway = await StartAsync(Smart);
        var trace = NextTrace();

        using var response = await CallAsync(gateway, trace, stream: true);
        Assert.Contains("[DONE]", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var spans = await SpansAsync(trace, 2);

        var attempt = Assert.Single(spans, span => span.Kind == ReceivedSpan.Client);
        Assert.Equal(["first_token"], attempt.Events);
        Assert.Equal("gpt-4o", attempt["gen_ai.response.model"]);
        Assert.True(int.Parse(attempt["gen_ai.usage.output_tokens"]!) > 0);
        var call = Assert.Single(spans, span => span.Kind == ReceivedSpan.Server);
        Assert.Equal("true", call["holdfast.stream"]);
        Assert.NotNull(call["holdfast.first_token_ms"]);
    }

    [Fact]
    public async Task A_stream_that_breaks_after_its_first_token_is_an_error_of_attempt_and_call()
    {
        await using var gateway = await StartAsync(Smart);
        gateway.Fail("openai", "\"cutAfter\": {\"share\": 1, \"chunks\": 5, \"how\": \"fin\"}");
        var trace = NextTrace();

        using var response = await CallAsync(gateway, trace, stream: true);
        await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsStringAsync());
        var spans = await SpansAsync(trace, 2);

        Assert.All(spans, span => Assert.Equal((ReceivedSpan.Error, "cut"), (span.StatusCode, span["error.type"])));
    }

    [Fact]
    public async Task A_target_that_is_passed_over_is_an_event_of_the_call()
    {
        await using var gateway = await StartAsync(Smart);
        gateway.Target("openai", "gpt-4o").Breaker.Isolate();
        var trace = NextTrace();

        using var response = await CallAsync(gateway, trace);
        var spans = await SpansAsync(trace, 2);

        Assert.Equal(["target_skipped gen_ai.request.model=gpt-4o holdfast.outcome=isolated holdfast.provider=openai"],
            Assert.Single(spans, span => span.Kind == ReceivedSpan.Server).Events);
    }

    [Fact]
    public async Task A_hedge_is_an_event_of_the_call_and_the_attempt_that_lost_no_error()
    {
        await using var gateway = await StartAsync("""
            models:
              smart:
                targets: [ openai/gpt-4o, groq/llama-3.3-70b ]
                hedge: { after: 1ms, maxShare: 1 }
            """);
        gateway.Fail("openai", "\"silent\": 1");
        var trace = NextTrace();

        using var response = await CallAsync(gateway, trace);
        var spans = await SpansAsync(trace, 3);

        Assert.Equal(["hedge"], Assert.Single(spans, span => span.Kind == ReceivedSpan.Server).Events);
        var lost = Assert.Single(spans, span => span["gen_ai.provider.name"] == "openai");
        Assert.Equal(("cancelled", null, 0), (lost["holdfast.outcome"], lost["error.type"], lost.StatusCode));
    }

    [Fact]
    public async Task The_provider_gets_the_attempts_span_and_the_callers_state_but_no_baggage()
    {
        await using var provider = new ScriptedServer(_ => ScriptedAnswer.Json(200, Answer));
        await using var gateway = await StartAsync("models: { smart: { targets: [ scripted/m ] } }",
            $"scripted: {{ type: openai-compatible, baseUrl: \"{provider.Url}\" }}");
        var trace = NextTrace();

        using var response = await CallAsync(gateway, trace);
        var attempt = (await SpansAsync(trace, 2)).Single(span => span.Kind == ReceivedSpan.Client);

        var head = Assert.Single(provider.Requests).Head;
        Assert.Contains($"traceparent: 00-{trace}-{attempt.SpanId}-01\r\n", head, StringComparison.Ordinal);
        Assert.Contains("tracestate: vendor=value\r\n", head, StringComparison.Ordinal);
        Assert.DoesNotContain("baggage", head, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("vendor=value", attempt.TraceState);
    }

    [Fact]
    public async Task What_the_caller_did_not_sample_is_passed_on_and_not_exported()
    {
        await using var provider = new ScriptedServer(_ => ScriptedAnswer.Json(200, Answer));
        await using var gateway = await StartAsync("models: { smart: { targets: [ scripted/m ] } }",
            $"scripted: {{ type: openai-compatible, baseUrl: \"{provider.Url}\" }}");
        var (dropped, kept) = (NextTrace(), NextTrace());

        using (await CallAsync(gateway, dropped, sampled: false))
        {
        }

        using (await CallAsync(gateway, kept))
        {
        }

        await SpansAsync(kept, 2);

        Assert.Empty(_receiver.Of(dropped));
        Assert.Contains($"traceparent: 00-{dropped}-", provider.Requests.First().Head, StringComparison.Ordinal);
        Assert.Contains("-00\r\n", provider.Requests.First().Head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sampler_that_keeps_nothing_is_obeyed()
    {
        _environment["OTEL_TRACES_SAMPLER"] = "always_off";
        await using var gateway = await StartAsync(Smart);
        var trace = NextTrace();

        using (await CallAsync(gateway, trace))
        {
        }

        await gateway.StopAsync();

        Assert.Empty(_receiver.Of(trace));
    }

    [Fact]
    public async Task Nothing_of_prompts_answers_keys_or_provider_errors_is_in_what_is_sent()
    {
        await using var provider = new ScriptedServer(request => request.Body.Contains("fail", StringComparison.Ordinal)
            ? ScriptedAnswer.Json(400, """{"error":{"message":"words of the provider","code":"c"}}""")
            : ScriptedAnswer.Json(200, Answer));
        await using var gateway = await StartAsync("models: { smart: { targets: [ scripted/m ] } }",
            $"scripted: {{ type: openai-compatible, baseUrl: \"{provider.Url}\", apiKey: sk-the-key-itself }}");
        var (good, bad) = (NextTrace(), NextTrace());

        using (await CallAsync(gateway, good))
        {
        }

        using (await CallAsync(gateway, bad, prompt: Prompt + " fail"))
        {
        }

        await SpansAsync(good, 2);
        await SpansAsync(bad, 2);

        var sent = string.Concat(_receiver.Bodies.Select(Encoding.UTF8.GetString));
        foreach (var secret in new[] { Prompt, "the answer's text", "sk-the-key-itself", "words of the provider" })
        {
            Assert.DoesNotContain(secret, sent, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_end_of_the_gateway_sends_what_was_held_back()
    {
        _environment["OTEL_BSP_SCHEDULE_DELAY"] = "600000";
        await using var gateway = await StartAsync(Smart);
        var trace = NextTrace();
        using (await CallAsync(gateway, trace))
        {
        }

        await gateway.StopAsync();

        Assert.Equal(2, _receiver.Of(trace).Count);
    }

    [Fact]
    public async Task Calls_go_on_and_the_gateway_ends_while_the_receiver_is_away()
    {
        await _receiver.DisposeAsync();
        await using var gateway = await StartAsync(Smart);

        for (var i = 0; i < 20; i++)
        {
            using var response = await CallAsync(gateway, NextTrace());
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        await Waiting.UntilAsync(() => gateway.Log.Any(line => line.Contains("was not taken by its collector",
            StringComparison.Ordinal)), "the warning");
        await gateway.StopAsync().WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
        Assert.Single(gateway.Log, line => line.Contains("was not taken by its collector", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Metrics_go_to_a_receiver_at_the_configured_interval()
    {
        _environment["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"] = _receiver.Http + "/v1/metrics";
        _environment["OTEL_METRIC_EXPORT_INTERVAL"] = "100";
        await using var gateway = await StartAsync(Smart);

        using var response = await CallAsync(gateway, NextTrace());

        await Waiting.UntilAsync(() => _receiver.Metrics.ContainsKey("llm_requests_total")
            && _receiver.Metrics.ContainsKey("holdfast_request_duration_seconds")
            && _receiver.Metrics.ContainsKey("circuit_breaker_state"), "the metrics");
    }

    [Fact]
    public async Task The_interval_may_stand_in_the_configuration()
    {
        _environment["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"] = _receiver.Http + "/v1/metrics";
        await using var gateway = await StartAsync(Smart + "\nmetrics: { exportInterval: 100ms }");

        using var response = await CallAsync(gateway, NextTrace());

        await Waiting.UntilAsync(() => _receiver.Metrics.ContainsKey("llm_requests_total"), "the metrics");
    }

    [Fact]
    public async Task Both_go_over_gRPC_with_the_headers_and_the_name_that_were_given()
    {
        _environment.Remove("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
        _environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = _receiver.Grpc;
        _environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc";
        _environment["OTEL_EXPORTER_OTLP_HEADERS"] = "x-token=abc";
        _environment["OTEL_SERVICE_NAME"] = "edge";
        _environment["OTEL_METRIC_EXPORT_INTERVAL"] = "100";
        await using var gateway = await StartAsync(Smart);
        var trace = NextTrace();

        using var response = await CallAsync(gateway, trace);
        var spans = await SpansAsync(trace, 2);
        await Waiting.UntilAsync(() => _receiver.Metrics.ContainsKey("llm_requests_total"), "the metrics");

        Assert.All(spans, span => Assert.Equal("edge", span.Service));
        Assert.All(_receiver.Headers, headers => Assert.Equal("abc", headers["x-token"]));
    }

    [Fact]
    public async Task Without_an_address_nothing_is_started()
    {
        _environment.Clear();
        await using var gateway = await StartAsync(Smart);

        var export = gateway.Services.GetRequiredService<OtlpExport>();

        Assert.False(export.ExportsTraces || export.ExportsMetrics);
    }

    private const string Answer = """
        {"id":"a","object":"chat.completion","model":"m","choices":[{"index":0,"finish_reason":"stop",
        "message":{"role":"assistant","content":"the answer's text"}}],
        "usage":{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}}
        """;

    private Task<RunningGateway> StartAsync(string configuration, string providers = "") =>
        RunningGateway.StartAsync(configuration, providers, environment: _environment.GetValueOrDefault);

    private string NextTrace() => $"{++_traces:x32}";

    private async Task<HttpResponseMessage> CallAsync(
        RunningGateway gateway, string trace, bool stream = false, bool sampled = true, string prompt = Prompt)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway.Url, "/v1/chat/completions"));
        request.Content = new StringContent(GatewayFixture.Chat("smart", stream).Replace("Tell me.", prompt,
            StringComparison.Ordinal), Encoding.UTF8, "application/json");
        request.Headers.TryAddWithoutValidation("traceparent", $"00-{trace}-b7ad6b7169203331-0{(sampled ? 1 : 0)}");
        request.Headers.TryAddWithoutValidation("tracestate", "vendor=value");
        request.Headers.TryAddWithoutValidation("baggage", "user=somebody");
        return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private async Task<IReadOnlyList<ReceivedSpan>> SpansAsync(string trace, int count)
    {
        await Waiting.UntilAsync(() => _receiver.Of(trace).Count >= count, $"{count} spans of {trace}");
        return _receiver.Of(trace);
    }
}

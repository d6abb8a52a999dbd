using System.Diagnostics.Metrics;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Observability;

/// <summary>Counts and times every call and every attempt. No label takes a value that a caller chooses.</summary>
internal sealed class CallMetrics(GatewayMeter meter) : ICallObserver
{
    private const string Other = "other";

    private readonly Counter<long> _requests = meter.Meter.CreateCounter<long>(
        "llm_requests_total", null, "Calls, by how they ended for the caller");

    private readonly Counter<long> _attempts = meter.Meter.CreateCounter<long>(
        "holdfast_attempts_total", null, "Requests sent to providers, by outcome");

    private readonly Counter<long> _fallbacks = meter.Meter.CreateCounter<long>(
        "holdfast_fallbacks_total", null,
        "Calls that another target answered after one had failed, was passed over or was hedged");

    private readonly Counter<long> _retries = meter.Meter.CreateCounter<long>(
        "holdfast_retries_total", null, "Repeats on a target that the call had tried before");

    private readonly Counter<long> _hedges = meter.Meter.CreateCounter<long>(
        "holdfast_hedges_total", null, "Attempts started beside a slow one");

    private readonly Counter<long> _continuations = meter.Meter.CreateCounter<long>(
        "holdfast_stream_continuations_total", null, "Streams that broke and went on at another target");

    private readonly Counter<long> _tokens = meter.Meter.CreateCounter<long>(
        "holdfast_tokens_total", null, "Tokens as the providers count them");

    private readonly Histogram<double> _duration = meter.CallHistogram(
        "holdfast_request_duration_seconds", "From a call's arrival to its end");

    private readonly Histogram<double> _firstToken = meter.CallHistogram(
        "holdfast_time_to_first_token_seconds", "From a streamed call's arrival to its first token");

    private readonly Histogram<double> _queued = meter.CallHistogram(
        "holdfast_admission_wait_seconds", "How long calls waited to be let in, where there was something to wait for");

    private readonly Histogram<double> _overhead = meter.OverheadHistogram(
        "holdfast_overhead_seconds", "The gateway's own share of the time until an answer begins");

    public void OnCompleted(CallRecord call)
    {
        var operation = new KeyValuePair<string, object?>("operation", call.Request.Operation.Word());
        var model = new KeyValuePair<string, object?>("model", call.ModelLabel);
        var status = new KeyValuePair<string, object?>("status", call.Outcome == Outcome.Ok ? "success" : "error");
        _requests.Add(1, status, model, operation);
        _duration.Record(call.Duration.TotalSeconds, status, model, operation);
        foreach (var attempt in call.Attempts)
        {
            if (attempt.WasSent)
            {
                Count(attempt);
            }

            if (attempt.Queued is { } waited)
            {
                // In vain or not: those who got no place have waited longest.
                _queued.Record(waited.TotalSeconds, new KeyValuePair<string, object?>("scope", "target"),
                    Provider(attempt), Model(attempt));
            }
        }

        if (call.Queued is { Ticks: > 0 } queued)
        {
            _queued.Record(queued.TotalSeconds, new KeyValuePair<string, object?>("scope", "gateway"));
        }

        if (call.FellBack)
        {
            _fallbacks.Add(1, model);
        }

        if (call.Repeats > 0)
        {
            _retries.Add(call.Repeats, model);
        }

        if (call.Hedges > 0)
        {
            _hedges.Add(call.Hedges, model);
        }

        if (call.Continuations > 0)
        {
            _continuations.Add(call.Continuations, model);
        }

        if (call.TimeToFirstToken is { } firstToken)
        {
            _firstToken.Record(firstToken.TotalSeconds, model);
        }

        if (call.Overhead is { } overhead)
        {
            _overhead.Record(overhead.TotalSeconds, operation);
        }
    }

    private static KeyValuePair<string, object?> Provider(AttemptRecord attempt) => new("provider", attempt.Provider);

    private static KeyValuePair<string, object?> Model(AttemptRecord attempt) =>
        new("model", attempt.IsConfigured ? attempt.Model : Other);

    private void Count(AttemptRecord attempt)
    {
        var (provider, model) = (Provider(attempt), Model(attempt));
        _attempts.Add(1, provider, model, new KeyValuePair<string, object?>("outcome", attempt.Outcome.Word()));
        Tokens(attempt.Usage.Input, "input", provider, model);
        Tokens(attempt.Usage.Output, "output", provider, model);
        Tokens(attempt.Usage.CachedInput, "cached_input", provider, model);
        Tokens(attempt.Usage.CacheWrite, "cache_write", provider, model);
        Tokens(attempt.Usage.Reasoning, "reasoning", provider, model);
    }

    private void Tokens(long count, string kind, in KeyValuePair<string, object?> provider,
        in KeyValuePair<string, object?> model)
    {
        if (count > 0)
        {
            _tokens.Add(count, provider, model, new KeyValuePair<string, object?>("kind", kind));
        }
    }
}

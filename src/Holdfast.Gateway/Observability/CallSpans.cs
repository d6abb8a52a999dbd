using System.Diagnostics;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Microsoft.AspNetCore.Routing;

namespace Holdfast.Gateway.Observability;

/// <summary>
/// The spans of calls and attempts, with the names of OpenTelemetry's conventions for HTTP and for generative AI. Where
/// nobody listens nothing is made, and every method takes null for a span that there isn't. No text of a request, of an
/// answer or of a provider's error is in any of them.
/// </summary>
internal static class CallSpans
{
    /// <summary>The name of the activity source.</summary>
    public const string SourceName = "Holdfast.Gateway";

    private const int LongestTraceState = 512;

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>Opens a call's span; its parent is what the caller's <c>traceparent</c> says.</summary>
    /// <returns>Null when nobody listens.</returns>
    public static Activity? StartCall(HttpContext http)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        var path = (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "";
        var name = $"{http.Request.Method} {path}";
        var span = ParentOf(http.Request.Headers) is { } parent
            ? Source.StartActivity(name, ActivityKind.Server, parent)
            : Source.StartActivity(name, ActivityKind.Server);
        if (span is { IsAllDataRequested: true })
        {
            span.SetTag("http.request.method", http.Request.Method).SetTag("http.route", path)
                .SetTag("holdfast.request_id", http.TraceIdentifier);
        }

        return span;
    }

    /// <summary>Ends a call's span with what came of the call.</summary>
    public static void EndCall(CallRecord call)
    {
        if (call.Span is not { } span)
        {
            return;
        }

        if (span.IsAllDataRequested)
        {
            Describe(span, call);
        }

        span.Stop();
    }

    /// <summary>Opens the span of one request to a provider, below the call's.</summary>
    /// <returns>Null when it is not sampled.</returns>
    public static Activity? StartAttempt(Activity call, Operation operation, string genAiName, string provider,
        string model, Uri address, bool isRepeat)
    {
        var span = Source.StartActivity($"{operation.Word()} {model}", ActivityKind.Client, call.Context);
        if (span is { IsAllDataRequested: true })
        {
            span.SetTag("gen_ai.operation.name", operation.Word())
                .SetTag("gen_ai.provider.name", genAiName)
                .SetTag("gen_ai.request.model", model)
                .SetTag("server.address", address.Host)
                .SetTag("server.port", address.Port)
                .SetTag("holdfast.provider", provider)
                .SetTag("holdfast.repeat", isRepeat);
        }

        return span;
    }

    /// <summary>A stream has reached its first token.</summary>
    /// <param name="span">The attempt's.</param>
    /// <param name="opening">What has come of the stream, in the caller's dialect.</param>
    public static void FirstToken(Activity? span, ReadOnlySpan<byte> opening)
    {
        if (span is { IsAllDataRequested: true })
        {
            span.AddEvent(new ActivityEvent("first_token"));
            Identify(span, opening);
        }
    }

    /// <summary>Ends an attempt's span with its outcome.</summary>
    /// <param name="span">The attempt's.</param>
    /// <param name="attempt">How it ended.</param>
    /// <param name="answer">A whole answer in the caller's dialect; empty without one.</param>
    public static void EndAttempt(Activity? span, AttemptRecord attempt, ReadOnlySpan<byte> answer = default)
    {
        if (span is null)
        {
            return;
        }

        if (span.IsAllDataRequested)
        {
            Identify(span, answer);
            Describe(span, attempt);
        }

        span.Stop();
    }

    /// <summary>A defect of the gateway ended the attempt.</summary>
    public static void FailAttempt(Activity? span) =>
        span?.SetTag("error.type", "internal_error").SetStatus(ActivityStatusCode.Error).Stop();

    /// <summary>A target was passed over.</summary>
    public static void Skipped(Activity? span, AttemptRecord target)
    {
        if (span is { IsAllDataRequested: true })
        {
            span.AddEvent(new ActivityEvent("target_skipped", tags: new ActivityTagsCollection
            {
                ["holdfast.provider"] = target.Provider,
                ["gen_ai.request.model"] = target.Model,
                ["holdfast.outcome"] = target.Outcome.Word(),
            }));
        }
    }

    /// <summary>A second target is asked beside a slow one.</summary>
    public static void Hedged(Activity? span)
    {
        if (span is { IsAllDataRequested: true })
        {
            span.AddEvent(new ActivityEvent("hedge"));
        }
    }

    /// <summary>Another target goes on with a stream that broke.</summary>
    public static void Continued(Activity? span, AttemptRecord attempt)
    {
        if (span is { IsAllDataRequested: true })
        {
            span.AddEvent(new ActivityEvent("continued", tags: new ActivityTagsCollection
            {
                ["holdfast.provider"] = attempt.Provider, ["holdfast.model"] = attempt.Model,
            }));
        }
    }

    private static void Describe(Activity span, CallRecord call)
    {
        span.SetTag("http.response.status_code", call.HttpStatus)
            .SetTag("gen_ai.operation.name", call.Request.Operation.Word())
            .SetTag("holdfast.route", call.ModelLabel)
            .SetTag("holdfast.stream", call.Request.Stream)
            .SetTag("holdfast.outcome", call.Outcome.Word())
            .SetTag("holdfast.attempts", call.Sent)
            .SetTag("holdfast.retries", call.Repeats)
            .SetTag("holdfast.hedges", call.Hedges)
            .SetTag("holdfast.fallback", call.FellBack)
            .SetTag("holdfast.waited_ms", call.Waited.TotalMilliseconds);
        if (call.Request.Model.Length > 0)
        {
            span.SetTag("gen_ai.request.model", CallLog.Short(call.Request.Model));
        }

        if (call.Winner is { } winner)
        {
            span.SetTag("holdfast.provider", winner.Provider);
        }

        if (call.QueuedInAll is { } queued)
        {
            span.SetTag("holdfast.queued_ms", queued.TotalMilliseconds);
        }

        if (call.TimeToFirstToken is { } firstToken)
        {
            span.SetTag("holdfast.first_token_ms", firstToken.TotalMilliseconds);
        }

        if (call.Outcome is not (Outcome.Ok or Outcome.Cancelled))
        {
            span.SetTag("error.type", CallLog.Short(call.Error?.Code) ?? call.Outcome.Word());
        }

        // What the caller did wrong is no error of a server.
        if (call.HttpStatus >= 500 || call.Outcome == Outcome.Cut)
        {
            span.SetStatus(ActivityStatusCode.Error);
        }
    }

    private static void Describe(Activity span, AttemptRecord attempt)
    {
        span.SetTag("holdfast.outcome", attempt.Outcome.Word());
        if (attempt.Status is { } status)
        {
            span.SetTag("http.response.status_code", status);
        }

        if (attempt.Queued is { } queued)
        {
            span.SetTag("holdfast.queued_ms", queued.TotalMilliseconds);
        }

        if (attempt.Usage.IsKnown)
        {
            span.SetTag("gen_ai.usage.input_tokens", attempt.Usage.Input)
                .SetTag("gen_ai.usage.output_tokens", attempt.Usage.Output);
        }

        if (attempt.Outcome is not (Outcome.Ok or Outcome.Cancelled))
        {
            span.SetTag("error.type", attempt.Outcome.Word()).SetStatus(ActivityStatusCode.Error);
        }
    }

    private static void Identify(Activity span, ReadOnlySpan<byte> answer)
    {
        var (id, model) = AnswerIdentity.Read(answer);
        if (id is not null)
        {
            span.SetTag("gen_ai.response.id", id);
        }

        if (model is not null)
        {
            span.SetTag("gen_ai.response.model", model);
        }
    }

    private static ActivityContext? ParentOf(IHeaderDictionary headers)
    {
        var state = headers.TraceState is [{ Length: <= LongestTraceState } one] ? one : null;
        return headers.TraceParent is [{ } parent]
            && ActivityContext.TryParse(parent, state, isRemote: true, out var context)
                ? context
                : null;
    }
}

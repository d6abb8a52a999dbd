using System.Diagnostics;
using Holdfast.Execution;
using Holdfast.Failover;
using Microsoft.Extensions.Logging;

namespace Holdfast.Telemetry;

/// <summary>
/// What the calls of one operation tell: metrics, spans and events, the same from every part of the library. It is for
/// code that runs <see cref="FailoverLoop"/> itself, as the extension packages do. Thread-safe.
/// </summary>
public sealed class CallTelemetry
{
    /// <summary>The name of the meter and of the activity source: <c>Holdfast</c>.</summary>
    public const string Name = "Holdfast";

    private readonly ILogger? _logger;

    /// <summary>Makes one.</summary>
    /// <param name="operation">What the calls are called in tags, spans and events.</param>
    /// <param name="logger">Where events go. Null, the default: nowhere.</param>
    /// <exception cref="ArgumentNullException">The operation is null.</exception>
    public CallTelemetry(string operation, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(operation);
        Operation = operation;
        _logger = logger;
    }

    /// <summary>What the calls are called.</summary>
    public string Operation { get; }

    /// <summary>A call starts: opens its span, <c>operation NAME</c>.</summary>
    /// <returns>Null when nobody listens.</returns>
    public Activity? StartCall() => Instruments.Source.HasListeners()
        ? Instruments.Source.StartActivity($"operation {Operation}")
        : null;

    /// <summary>An attempt starts: opens its span, <c>attempt TARGET</c>, within the current one.</summary>
    /// <param name="target">The target's name.</param>
    /// <param name="kind">Client for one that goes over the network.</param>
    /// <returns>Null when nobody listens.</returns>
    public Activity? StartAttempt(string target, ActivityKind kind = ActivityKind.Internal)
    {
        if (!Instruments.Source.HasListeners())
            return null;
        var span = Instruments.Source.StartActivity($"attempt {target}", kind);
        span?.SetTag("operation", Operation).SetTag("target", target);
        return span;
    }

    /// <summary>The outcome of an attempt is known; for a stream that opened: its first token is there.</summary>
    /// <param name="target">The target's name.</param>
    /// <param name="outcome">How the attempt ended.</param>
    /// <param name="took">From its start to its outcome.</param>
    /// <param name="thrown">What was thrown; null when nothing was.</param>
    public void AttemptEnded(string target, Outcome outcome, TimeSpan took, Exception? thrown)
    {
        Instruments.Attempts.Record(
            took.TotalSeconds, new("operation", Operation), new("target", target), new("outcome", outcome.Word()));
        if (_logger is not null && outcome is not (Outcome.Ok or Outcome.Cancelled))
            EventLog.AttemptFailed(_logger, Operation, target, outcome.Word(), thrown);
    }

    /// <summary>Ends an attempt's span.</summary>
    /// <param name="span">The span, or null.</param>
    /// <param name="outcome">How the attempt ended; for a stream, how the stream did.</param>
    /// <param name="thrown">What was thrown; null when nothing was.</param>
    public static void EndAttempt(Activity? span, Outcome outcome, Exception? thrown = null)
    {
        if (span is null)
            return;
        span.SetTag("outcome", outcome.Word());
        if (outcome is not (Outcome.Ok or Outcome.Cancelled))
        {
            span.SetTag("error.type", thrown?.GetType().FullName ?? outcome.Word());
            span.SetStatus(ActivityStatusCode.Error, thrown?.Message);
        }

        span.Dispose();
    }

    /// <summary>A second target is tried beside a slow one.</summary>
    public void HedgeStarted()
    {
        Instruments.Hedges.Add(1, new KeyValuePair<string, object?>("operation", Operation));
        if (_logger is not null)
            EventLog.HedgeStarted(_logger, Operation);
    }

    /// <summary>A call has ended: books it and ends its span.</summary>
    /// <param name="span">The call's span, or null.</param>
    /// <param name="outcome">How it ended for its caller.</param>
    /// <param name="took">The whole call; for a stream, to its first token.</param>
    /// <param name="trail">What was tried and passed over.</param>
    /// <param name="fellBack">Whether a target after the first answered.</param>
    /// <exception cref="ArgumentNullException">The trail is null.</exception>
    public void CallEnded(Activity? span, Outcome outcome, TimeSpan took, AttemptTrail trail, bool fellBack)
    {
        ArgumentNullException.ThrowIfNull(trail);
        RecordCall(outcome, took);
        if (fellBack)
            Instruments.Fallbacks.Add(1, new KeyValuePair<string, object?>("operation", Operation));
        if (Instruments.Skipped.Enabled)
            CountSkipped(trail);
        Log(outcome, trail, fellBack);
        if (span is null)
            return;
        span.SetTag("outcome", outcome.Word()).SetTag("attempts", trail.ToString());
        if (outcome is not (Outcome.Ok or Outcome.Cancelled))
            span.SetStatus(ActivityStatusCode.Error, outcome.Word());
        span.Dispose();
    }

    /// <summary>
    /// A call has ended with its first attempt, which was good. It costs no trail when nobody listens.
    /// </summary>
    /// <param name="span">The call's span, or null.</param>
    /// <param name="target">The target's name.</param>
    /// <param name="took">The whole call; for a stream, to its first token.</param>
    /// <exception cref="ArgumentNullException">The target is null.</exception>
    public void CallSucceeded(Activity? span, string target, TimeSpan took)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (span is not null)
            CallEnded(span, Outcome.Ok, took, new AttemptTrail(target, took), fellBack: false);
        else
            RecordCall(Outcome.Ok, took);
    }

    /// <summary>An SDK below repeats by itself.</summary>
    /// <param name="target">The target whose SDK it is.</param>
    /// <param name="repeats">How often at most; not counting the first attempt.</param>
    /// <param name="remedy">How to switch it off.</param>
    public void SdkRetriesLeftOn(string target, int repeats, string remedy)
    {
        if (_logger is not null)
            EventLog.SdkRetriesLeftOn(_logger, Operation, target, repeats, remedy);
    }

    private void RecordCall(Outcome outcome, TimeSpan took) =>
        Instruments.Calls.Record(took.TotalSeconds, new("operation", Operation), new("outcome", outcome.Word()));

    private void Log(Outcome outcome, AttemptTrail trail, bool fellBack)
    {
        // A trail is a list, and a list is logged item by item: its own text is shorter.
        if (outcome == Outcome.Ok && fellBack && _logger?.IsEnabled(LogLevel.Warning) == true)
            EventLog.CallFailedOver(_logger, Operation, trail.ToString());
        else if (outcome is not (Outcome.Ok or Outcome.Cancelled) && _logger?.IsEnabled(LogLevel.Error) == true)
            EventLog.CallFailed(_logger, Operation, outcome.Word(), trail.ToString());
    }

    private void CountSkipped(AttemptTrail trail)
    {
        foreach (var report in trail)
        {
            if (!report.WasSent && report.Outcome != Outcome.Cancelled)
                Instruments.Skipped.Add(1, new("operation", Operation), new("target", report.Target),
                    new("why", report.Outcome.Word()));
        }
    }
}

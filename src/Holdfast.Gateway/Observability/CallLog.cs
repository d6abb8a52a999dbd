using Holdfast.Failover;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Observability;

/// <summary>
/// One structured line for every call: who answered, what was tried, how long it took. Never prompts, answers, keys,
/// or a provider's own words.
/// </summary>
internal sealed partial class CallLog(ILogger<CallLog> logger) : ICallObserver
{
    internal const int EventId = 10;
    internal const string Category = "Holdfast.Gateway.Observability.CallLog";

    private const int LongestCode = 64;

    public void OnCompleted(CallRecord call)
    {
        if (!logger.IsEnabled(LogLevel.Information))
        {
            return;
        }

        var answered = call.Winner;
        Called(call.Request.Id, call.Request.Operation.Word(), HeaderText.Encode(call.Request.Model),
            call.Request.Stream, call.HttpStatus, call.Outcome.Word(), Short(call.Error?.Code), answered?.Provider,
            answered is null ? null : HeaderText.Encode(answered.Model), call.Sent, call.FellBack,
            AttemptedText.WithTimes(call), call.Duration.TotalMilliseconds,
            call.TimeToFirstToken?.TotalMilliseconds, call.Overhead?.TotalMilliseconds, call.Usage.Input,
            call.Usage.Output, call.Request.Headers.TraceParent, Invalid(call));
    }

    /// <summary>
    /// A passed-on error's code is the provider's word: as much of it as a code needs, and printable.
    /// </summary>
    internal static string? Short(string? code) =>
        code is null ? null : HeaderText.Encode(code.Length > LongestCode ? code[..LongestCode] : code);

    /// <summary>The first answer that its route did not call a good one, and why; no word of the answer.</summary>
    private static string? Invalid(CallRecord call)
    {
        foreach (var attempt in call.Attempts)
        {
            if (attempt.Validation is { } failure)
            {
                return $"{HeaderText.Encode(attempt.Provider)}/{HeaderText.Encode(attempt.Model)}: {failure}";
            }
        }

        return null;
    }

    [LoggerMessage(EventId, LogLevel.Information,
        "call {RequestId} {Operation} model={Model} stream={Stream} status={Status} outcome={Outcome} code={Code} "
        + "provider={Provider} providerModel={ProviderModel} attempts={Attempts} fallback={Fallback} "
        + "attempted={Attempted} durationMs={DurationMs} firstTokenMs={FirstTokenMs} overheadMs={OverheadMs} "
        + "inputTokens={InputTokens} outputTokens={OutputTokens} traceParent={TraceParent} "
        + "validation={Validation}")]
    private partial void Called(string requestId, string operation, string model, bool stream, int status,
        string outcome, string? code, string? provider, string? providerModel, int attempts, bool fallback,
        string attempted, double durationMs, double? firstTokenMs, double? overheadMs, long inputTokens,
        long outputTokens, string? traceParent, string? validation);
}

using Microsoft.Extensions.Logging;

namespace Holdfast.Telemetry;

/// <summary>The texts of <see cref="HoldfastEvents"/>.</summary>
internal static partial class EventLog
{
    [LoggerMessage(HoldfastEvents.CircuitOpened, LogLevel.Warning,
        "circuit {Circuit} opened; the next probe in {RetryAfter}", EventName = nameof(HoldfastEvents.CircuitOpened))]
    public static partial void CircuitOpened(ILogger logger, string circuit, TimeSpan retryAfter);

    [LoggerMessage(HoldfastEvents.CircuitHalfOpened, LogLevel.Information,
        "circuit {Circuit} is half-open and lets probes in", EventName = nameof(HoldfastEvents.CircuitHalfOpened))]
    public static partial void CircuitHalfOpened(ILogger logger, string circuit);

    [LoggerMessage(HoldfastEvents.CircuitClosed, LogLevel.Information,
        "circuit {Circuit} closed", EventName = nameof(HoldfastEvents.CircuitClosed))]
    public static partial void CircuitClosed(ILogger logger, string circuit);

    [LoggerMessage(HoldfastEvents.CircuitIsolated, LogLevel.Warning,
        "circuit {Circuit} was isolated by hand", EventName = nameof(HoldfastEvents.CircuitIsolated))]
    public static partial void CircuitIsolated(ILogger logger, string circuit);

    [LoggerMessage(HoldfastEvents.AttemptFailed, LogLevel.Debug,
        "{Operation}: {Target}: {Outcome}", EventName = nameof(HoldfastEvents.AttemptFailed))]
    public static partial void AttemptFailed(
        ILogger logger, string operation, string target, string outcome, Exception? exception);

    [LoggerMessage(HoldfastEvents.CallFailedOver, LogLevel.Warning,
        "{Operation}: answered by another target: {Attempts}", EventName = nameof(HoldfastEvents.CallFailedOver))]
    public static partial void CallFailedOver(ILogger logger, string operation, string attempts);

    [LoggerMessage(HoldfastEvents.CallFailed, LogLevel.Error,
        "{Operation}: failed with {Outcome}: {Attempts}", EventName = nameof(HoldfastEvents.CallFailed))]
    public static partial void CallFailed(ILogger logger, string operation, string outcome, string attempts);

    [LoggerMessage(HoldfastEvents.HedgeStarted, LogLevel.Information,
        "{Operation}: the first target is slow; another is tried beside it",
        EventName = nameof(HoldfastEvents.HedgeStarted))]
    public static partial void HedgeStarted(ILogger logger, string operation);

    [LoggerMessage(HoldfastEvents.SdkRetriesLeftOn, LogLevel.Warning,
        "{Operation}: {Target}: its SDK repeats up to {Repeats} times by itself, so attempts multiply: {Remedy}",
        EventName = nameof(HoldfastEvents.SdkRetriesLeftOn))]
    public static partial void SdkRetriesLeftOn(
        ILogger logger, string operation, string target, int repeats, string remedy);
}

using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Timeouts;

namespace Holdfast.Gateway.Providers;

/// <summary>Faults that no provider reports: what happens on the way there and back.</summary>
internal static class Faults
{
    /// <summary>An answer with a 2xx status that is none.</summary>
    public static ProviderFault BadAnswer(string message) => new(Outcome.BadAnswer, message);

    /// <summary>A provider's refusal as it concerns a call.</summary>
    public static ProviderFault As(ProviderFault refused, CallRequest call) =>
        // Nobody's model is meant.
        call.Passed is not null ? refused with { Code = refused.Code ?? "provider_error" }
        // What was written in to have an answer go on is not the caller's mistake, and other targets may take it.
        : call.Told is not null && refused.Outcome == Outcome.CallerError
            ? refused with { Outcome = Outcome.NotFound }
        : refused;

    /// <summary>The clock, or the caller, ended the attempt.</summary>
    public static ProviderFault Struck(TimeoutKind kind) => kind switch
    {
        TimeoutKind.FirstToken => new(Outcome.Timeout, "no token came within the first-token timeout"),
        TimeoutKind.Attempt => new(Outcome.Timeout, "no answer came within the attempt timeout"),
        TimeoutKind.Idle => new(Outcome.Timeout, "no token came within the idle timeout"),
        TimeoutKind.Throughput => new(Outcome.Timeout, "tokens came more slowly than the minimum throughput"),
        TimeoutKind.Call => new(Outcome.Cancelled, "the call's deadline passed"),
        _ => new(Outcome.Cancelled, "the caller left"),
    };

    /// <summary>The request could not be sent, or its answer's head could not be read.</summary>
    public static ProviderFault Sending(HttpRequestException exception) => exception.HttpRequestError switch
    {
        _ when exception.InnerException is TimeoutException =>
            NoWay(Outcome.Timeout, "no connection came within the connect timeout"),
        HttpRequestError.NameResolutionError => NoWay(Outcome.Refused, "the provider's name could not be resolved"),
        HttpRequestError.SecureConnectionError => NoWay(Outcome.Refused, "the TLS handshake with the provider failed"),
        HttpRequestError.ConnectionError => NoWay(Outcome.Refused, "the provider refused the connection"),
        HttpRequestError.ResponseEnded => new(Outcome.Refused, "the connection was closed before an answer"),
        HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded =>
            new(Outcome.BadAnswer, "the provider's answer is not valid HTTP"),
        HttpRequestError.HttpProtocolError => new(Outcome.BadAnswer, "the provider broke the HTTP protocol"),
        _ when exception.InnerException is IOException =>
            new(Outcome.Refused, "the connection was reset before an answer"),
        _ => new(Outcome.Refused, "the request could not be sent"),
    };

    private static ProviderFault NoWay(Outcome outcome, string message) =>
        new(outcome, message) { NeverArrived = true };
}

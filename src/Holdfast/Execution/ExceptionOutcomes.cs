using System.Net;
using Holdfast.Admission;
using Holdfast.Failover;

namespace Holdfast.Execution;

/// <summary>What the exceptions of any .NET code mean, where nobody says it better.</summary>
public static class ExceptionOutcomes
{
    /// <summary>
    /// <see cref="TimeoutException"/> and a cancellation that the caller didn't ask for: timeout;
    /// <see cref="HttpRequestException"/>: by its status, without one refused, or a bad answer where its content broke;
    /// <see cref="ArgumentException"/>: caller's error; everything else: server's error.
    /// </summary>
    /// <remarks>
    /// A <see cref="ResilienceException"/> of a protected call below keeps its meaning: the caller's mistake stays the
    /// caller's, a target that was given up failed as its last attempt did, and a limit is a timeout. One that was kept
    /// away from its targets, as by an open circuit, is <see cref="Outcome.RateLimited"/>: the next target is tried,
    /// this one is left alone for a while, and nothing counts against it, because nothing was asked of it. What a queue
    /// below did not let in is <see cref="Outcome.Saturated"/>, which is no attempt: that call may go elsewhere, and
    /// another one is perhaps let in.
    /// </remarks>
    /// <param name="exception">What an attempt threw.</param>
    /// <exception cref="ArgumentNullException">It is null.</exception>
    public static Outcome Of(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return exception switch
        {
            TimeoutException or OperationCanceledException => Outcome.Timeout,
            HttpRequestException { StatusCode: { } status } => Of(status),
            HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or
                HttpRequestError.ResponseEnded or HttpRequestError.ConfigurationLimitExceeded } => Outcome.BadAnswer,
            HttpRequestException => Outcome.Refused,
            ArgumentException => Outcome.CallerError,
            ResilienceException below => OfResilience(below),
            _ => Outcome.ServerError,
        };
    }

    /// <summary>What the status of an answer that failed means; a good one with a failure is a bad answer.</summary>
    /// <param name="status">The status.</param>
    public static Outcome Of(HttpStatusCode status) => (int)status switch
    {
        < 400 => Outcome.BadAnswer,
        401 or 403 => Outcome.Auth,
        402 => Outcome.Quota,
        404 => Outcome.NotFound,
        408 or 424 => Outcome.ServerError,
        409 or 425 => Outcome.Conflict,
        429 => Outcome.RateLimited,
        < 500 => Outcome.CallerError,
        _ => Outcome.ServerError,
    };

    private static Outcome OfResilience(ResilienceException exception) => exception switch
    {
        AdmissionRefusedException => Outcome.Saturated,
        ModelUnavailableException { Why: var why } when IsFailedAttempt(why) => why,
        CircuitOpenException or ModelUnavailableException { Why: not Outcome.Ok } => Outcome.RateLimited,
        RetryExhaustedException { Attempts: [.., { Outcome: var last }] } when IsFailedAttempt(last) => last,
        { Category: ErrorCategory.Network } => Outcome.Refused,
        { Category: ErrorCategory.Timeout } => Outcome.Timeout,
        { Category: ErrorCategory.Validation, IsRecoverable: true } => Outcome.BadAnswer,
        { Category: ErrorCategory.Validation } => Outcome.CallerError,
        { Category: ErrorCategory.Fallback, Attempts: { Count: > 0, SentCount: 0 } } => Outcome.RateLimited,
        _ => Outcome.ServerError,
    };

    private static bool IsFailedAttempt(Outcome outcome) =>
        outcome is not (Outcome.Ok or Outcome.Cancelled) && outcome.IsAttempt();
}

using System.Net;
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
            _ => Outcome.ServerError,
        };
    }

    private static Outcome Of(HttpStatusCode status) => (int)status switch
    {
        401 or 403 => Outcome.Auth,
        402 => Outcome.Quota,
        404 => Outcome.NotFound,
        408 or 424 => Outcome.ServerError,
        409 or 425 => Outcome.Conflict,
        429 => Outcome.RateLimited,
        >= 400 and < 500 => Outcome.CallerError,
        _ => Outcome.ServerError,
    };
}

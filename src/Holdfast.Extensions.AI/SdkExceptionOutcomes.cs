using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using Holdfast.Execution;
using Holdfast.Failover;
using Holdfast.Retrying;

namespace Holdfast.Extensions.AI;

/// <summary>
/// Says what the exceptions of chat clients and embedding generators mean: .NET's own, and those of the SDKs of OpenAI,
/// Azure and Anthropic and whatever looks like them, without a reference to any.
/// </summary>
public static class SdkExceptionOutcomes
{
    private static readonly string[] QuotaWords =
        ["insufficient_quota", "credit balance is too low", "billing_hard_limit", "exceeded your current quota"];

    private static readonly string[] KeyWords = ["API_KEY_INVALID", "API key not valid", "invalid_api_key"];

    // Anthropic's word for it inside a stream, where there is no status.
    private static readonly string[] LimitWords = ["rate_limit_error"];

    /// <summary>Classifies an exception.</summary>
    /// <remarks>
    /// Of an <see cref="AggregateException"/> the last counts. In this order: a
    /// <see cref="ResilienceException"/> of a protected client below keeps its meaning; a status
    /// (<c>Status</c> or <c>StatusCode</c>) goes by the table of the outcomes; a timeout, and a cancellation that the
    /// caller did not ask for, is <see cref="Outcome.Timeout"/>; failures of sockets, TLS and DNS are
    /// <see cref="Outcome.Refused"/>; an unreadable answer is <see cref="Outcome.BadAnswer"/>; an
    /// <see cref="ArgumentException"/> is the caller's own; <see cref="NotSupportedException"/> is
    /// <see cref="Outcome.NotFound"/>, because another target may be able to. Everything unknown is
    /// <see cref="Outcome.ServerError"/>: it counts against the target, and the next one is tried.
    /// </remarks>
    /// <param name="exception">What was thrown.</param>
    /// <param name="now">The time of day, for delays that a server gave as a date.</param>
    /// <exception cref="ArgumentNullException">The exception is null.</exception>
    public static ExceptionOutcome Classify(Exception exception, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(exception);
        // Several are the tries of an SDK that repeats by itself: the last one is how it ended.
        while (exception is AggregateException { InnerExceptions: [.., var last] })
            exception = last;
        if (exception is ResilienceException protectedBelow)
            return new ExceptionOutcome(OfResilience(protectedBelow));

        var shape = ExceptionShape.Of(exception.GetType());
        if (shape.Status(exception) is > 0 and var status)
        {
            return new ExceptionOutcome(
                OfStatus(status, exception.Message), Delay(shape, exception, now), MayRepeat(shape, exception));
        }

        return new ExceptionOutcome(OfType(exception, shape.Status(exception) is 0));
    }

    private static Outcome OfResilience(ResilienceException exception) => exception switch
    {
        CircuitOpenException => Outcome.CircuitOpen,
        ModelUnavailableException { Why: var why } => why == Outcome.Ok ? Outcome.ServerError : why,
        _ => ExceptionOutcomes.Of(exception),
    };

    private static Outcome OfStatus(int status, string message) => status switch
    {
        402 => Outcome.Quota,
        400 or 403 or 429 when Has(message, QuotaWords) => Outcome.Quota,
        401 or 403 => Outcome.Auth,
        400 when Has(message, KeyWords) => Outcome.Auth,
        404 => Outcome.NotFound,
        409 or 425 => Outcome.Conflict,
        429 => Outcome.RateLimited,
        408 or 424 or >= 500 => Outcome.ServerError,
        >= 400 => Outcome.CallerError,
        // A good status and still an exception: the answer was none.
        _ => Outcome.BadAnswer,
    };

    private static Outcome OfType(Exception exception, bool sawNoAnswer) => exception switch
    {
        OperationCanceledException or TimeoutException => Outcome.Timeout,
        HttpRequestException { InnerException: TimeoutException or OperationCanceledException } => Outcome.Timeout,
        HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } => Outcome.BadAnswer,
        HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => Outcome.BadAnswer,
        HttpRequestException or IOException or SocketException or AuthenticationException => Outcome.Refused,
        JsonException or InvalidDataException => Outcome.BadAnswer,
        ArgumentException => Outcome.CallerError,
        NotSupportedException => Outcome.NotFound,
        // The SDKs wrap what happened below and say that there was no answer, or say nothing at all.
        { InnerException: HttpRequestException { StatusCode: { } status } } =>
            OfStatus((int)status, exception.Message),
        { InnerException: { } inner } when sawNoAnswer || IsOfTheWay(inner) => OfType(inner, sawNoAnswer),
        _ when Has(exception.Message, LimitWords) => Outcome.RateLimited,
        _ => sawNoAnswer ? Outcome.Refused : Outcome.ServerError,
    };

    private static bool IsOfTheWay(Exception exception) => exception is HttpRequestException or IOException
        or SocketException or AuthenticationException or TimeoutException;

    private static bool Has(string message, string[] words) =>
        words.Any(word => message.Contains(word, StringComparison.OrdinalIgnoreCase));

    private static TimeSpan? Delay(ExceptionShape shape, Exception exception, DateTimeOffset now)
    {
        if (RetryDelay.TryParseMilliseconds(shape.Header(exception, "retry-after-ms"), out var delay))
            return delay;
        return RetryDelay.TryParseRetryAfter(shape.Header(exception, "retry-after"), now, out delay) ? delay : null;
    }

    private static bool MayRepeat(ExceptionShape shape, Exception exception) =>
        !string.Equals(shape.Header(exception, "x-should-retry"), "false", StringComparison.OrdinalIgnoreCase);
}

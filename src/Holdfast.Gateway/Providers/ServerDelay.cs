using System.Net.Http.Headers;
using Holdfast.Retrying;

namespace Holdfast.Gateway.Providers;

/// <summary>
/// How long a provider asks us to stay away, from whichever of its headers say so; the longest counts.
/// </summary>
internal static class ServerDelay
{
    /// <summary>
    /// So long a model rests whose allowance for the day is used up. It is asked again now and then, as the allowance
    /// may have been raised.
    /// </summary>
    public static readonly TimeSpan RestOfTheDay = TimeSpan.FromMinutes(10);

    private static readonly (string Remaining, string Reset)[] Limits =
    [
        ("x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"),
        ("x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
        ("anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"),
        ("anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"),
        ("anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset"),
        ("anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset"),
    ];

    /// <summary>Null when no header says anything.</summary>
    public static TimeSpan? Read(HttpResponseHeaders headers, DateTimeOffset now)
    {
        TimeSpan? longest = null;
        if (RetryDelay.TryParseRetryAfter(First(headers, "retry-after"), now, out var delay))
        {
            longest = delay;
        }

        if (RetryDelay.TryParseMilliseconds(First(headers, "retry-after-ms"), out delay))
        {
            longest = Longer(longest, delay);
        }

        if (longest is not null)
        {
            return longest;
        }

        foreach (var (remaining, reset) in Limits)
        {
            // A limit that still has room is not the one that was hit.
            if (First(headers, remaining) is { } left && left.Trim() == "0"
                && RetryDelay.TryParseReset(First(headers, reset), now, out delay))
            {
                longest = Longer(longest, delay);
            }
        }

        return longest;
    }

    /// <summary><c>x-should-retry</c>; null when it is absent or says something else.</summary>
    public static bool? ShouldRetry(HttpResponseHeaders headers) => First(headers, "x-should-retry") switch
    {
        "true" => true,
        "false" => false,
        _ => null,
    };

    internal static string? First(HttpHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    private static TimeSpan Longer(TimeSpan? one, TimeSpan other) => one is { } known && known > other ? known : other;
}

using System.Globalization;

namespace Holdfast.Simulator.Providers;

/// <summary>The headers that each provider sends beside a body.</summary>
internal static class AnswerHeaders
{
    public static void AddRates(IHeaderDictionary headers, Flavour flavour, RateReading left, TimeProvider time)
    {
        switch (flavour.Rates)
        {
            case RateHeaders.GoDurations:
                AddLimits(headers, left);
                AddResets(headers, RateReading.GoDuration(left.RequestReset), RateReading.GoDuration(left.TokenReset));
                break;
            case RateHeaders.WholeSeconds:
                AddLimits(headers, left);
                AddResets(headers, Seconds(left.RequestReset), Seconds(left.TokenReset));
                break;
            case RateHeaders.WithoutReset:
                AddLimits(headers, left);
                break;
            case RateHeaders.PerMinute:
                headers["x-ratelimit-limit-req-minute"] = Text(left.RequestLimit);
                headers["x-ratelimit-remaining-req-minute"] = Text(left.Requests);
                headers["x-ratelimit-limit-tokens-minute"] = Text(left.TokenLimit);
                headers["x-ratelimit-remaining-tokens-minute"] = Text(left.Tokens);
                break;
            case RateHeaders.Short:
                headers["x-ratelimit-limit"] = Text(left.RequestLimit);
                headers["x-ratelimit-remaining"] = Text(left.Requests);
                headers["x-ratelimit-reset"] = Seconds(left.RequestReset);
                break;
            case RateHeaders.Anthropic:
                AddAnthropic(headers, left, time);
                break;
        }
    }

    public static void AddDelay(IHeaderDictionary headers, Flavour flavour, Problem problem, TimeProvider time)
    {
        bool? ownWord = flavour.IsAnthropic && problem.Status is 400 or 401 ? false : null;
        if ((problem.ShouldRetry ?? ownWord) is { } should)
        {
            headers["x-should-retry"] = should ? "true" : "false";
        }

        if (flavour.Errors == ErrorShape.Google)
        {
            return;
        }

        if (problem.RetryAfter is { } delay)
        {
            var form = problem.RetryAfterForm;
            var name = form == RetryAfterForm.Milliseconds ? "retry-after-ms" : "retry-after";
            headers[name] = form switch
            {
                RetryAfterForm.Milliseconds => Text((long)delay.TotalMilliseconds),
                RetryAfterForm.Date => (time.GetUtcNow() + delay).ToString("R", CultureInfo.InvariantCulture),
                _ => Text((long)Math.Ceiling(delay.TotalSeconds)),
            };
        }
        else if (flavour.Rates == RateHeaders.WholeSeconds && problem is { Status: 429, Code: "rate_limit_exceeded" })
        {
            // What Azure really sends: a second, and in the finer unit nothing at all.
            headers.RetryAfter = "1";
            headers["retry-after-ms"] = "0";
        }
    }

    private static void AddLimits(IHeaderDictionary headers, RateReading left)
    {
        headers["x-ratelimit-limit-requests"] = Text(left.RequestLimit);
        headers["x-ratelimit-limit-tokens"] = Text(left.TokenLimit);
        headers["x-ratelimit-remaining-requests"] = Text(left.Requests);
        headers["x-ratelimit-remaining-tokens"] = Text(left.Tokens);
    }

    private static void AddResets(IHeaderDictionary headers, string requests, string tokens)
    {
        headers["x-ratelimit-reset-requests"] = requests;
        headers["x-ratelimit-reset-tokens"] = tokens;
    }

    private static void AddAnthropic(IHeaderDictionary headers, RateReading left, TimeProvider time)
    {
        headers["anthropic-ratelimit-requests-limit"] = Text(left.RequestLimit);
        headers["anthropic-ratelimit-requests-remaining"] = Text(left.Requests);
        headers["anthropic-ratelimit-requests-reset"] = Moment(left.RequestReset, time);
        foreach (var kind in (ReadOnlySpan<string>)["tokens", "input-tokens", "output-tokens"])
        {
            headers[$"anthropic-ratelimit-{kind}-limit"] = Text(left.TokenLimit);
            headers[$"anthropic-ratelimit-{kind}-remaining"] = Text(left.Tokens);
            headers[$"anthropic-ratelimit-{kind}-reset"] = Moment(left.TokenReset, time);
        }
    }

    // Whole seconds, as they come: up to one too early.
    private static string Moment(TimeSpan reset, TimeProvider time) =>
        (time.GetUtcNow() + reset).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan reset) => Text((int)Math.Ceiling(reset.TotalSeconds));

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}

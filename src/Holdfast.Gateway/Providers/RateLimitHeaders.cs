using System.Globalization;
using System.Net.Http.Headers;
using Holdfast.Admission;
using Holdfast.Retrying;

namespace Holdfast.Gateway.Providers;

/// <summary>
/// What a provider says of its limits in the head of an answer, however it spells it: OpenAI's, Groq's, xAI's and
/// Azure's <c>x-ratelimit-remaining-requests</c>, Mistral's <c>x-ratelimit-remaining-tokens-minute</c>, Together's
/// <c>x-ratelimit-remaining</c>, Anthropic's <c>anthropic-ratelimit-tokens-remaining</c>. Where it has several limits
/// of one kind, the one counts of which least is left. What cannot be read counts as not said.
/// </summary>
internal static class RateLimitHeaders
{
    private const string Common = "x-ratelimit-";
    private const string Anthropic = "anthropic-ratelimit-";
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    // In each name what comes last names the unit; a limit whose reset is not said is there again after its period.
    private static readonly (string Unit, bool IsTokens, TimeSpan Period)[] Units =
    [
        ("requests", false, Minute),
        ("tokens", true, Minute),
        ("input-tokens", true, Minute),
        ("output-tokens", true, Minute),
        ("req-minute", false, Minute),
        ("req-10-second", false, TimeSpan.FromSeconds(10)),
        ("tokens-minute", true, Minute),
        ("", false, Minute),
    ];

    public static RateLimits Read(HttpResponseHeaders headers, DateTimeOffset now)
    {
        Span<Reading> readings = stackalloc Reading[Units.Length];
        readings.Clear();
        var any = false;
        foreach (var (name, values) in headers.NonValidated)
        {
            if (Find(name, out var unit) is { } what && values.Count == 1)
            {
                any = true;
                readings[unit].Take(what, values.ToString(), now);
            }
        }

        if (!any)
        {
            return RateLimits.None;
        }

        RateLimitReading? requests = null, tokens = null;
        for (var i = 0; i < readings.Length; i++)
        {
            if (readings[i].Known(Units[i].Period) is not { } known)
            {
                continue;
            }

            ref var kept = ref Units[i].IsTokens ? ref tokens : ref requests;
            if (kept is null || Share(known) < Share(kept.Value))
            {
                kept = known;
            }
        }

        return new RateLimits(requests, tokens);
    }

    private static double Share(in RateLimitReading reading) =>
        reading.Limit is > 0 and var limit ? reading.Remaining / (double)limit : 1;

    private static What? Find(string name, out int unit)
    {
        unit = -1;
        var isCommon = name.StartsWith(Common, StringComparison.OrdinalIgnoreCase);
        if (!isCommon && !name.StartsWith(Anthropic, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var rest = name.AsSpan(isCommon ? Common.Length : Anthropic.Length);
        foreach (var what in (ReadOnlySpan<What>)[What.Limit, What.Remaining, What.Reset, What.RenewalPeriod])
        {
            var word = Word(what);
            if (isCommon ? !rest.StartsWith(word, StringComparison.OrdinalIgnoreCase)
                : !rest.EndsWith(word, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            var named = isCommon ? rest[word.Length..].TrimStart('-') : rest[..^word.Length].TrimEnd('-');
            for (var i = 0; i < Units.Length; i++)
            {
                if (named.Equals(Units[i].Unit, StringComparison.OrdinalIgnoreCase))
                {
                    unit = i;
                    return what;
                }
            }
        }

        return null;
    }

    private static string Word(What what) => what switch
    {
        What.Limit => "limit",
        What.Remaining => "remaining",
        What.Reset => "reset",
        _ => "renewalperiod",
    };

    private enum What
    {
        Limit,
        Remaining,
        Reset,
        RenewalPeriod,
    }

    private struct Reading
    {
        private long? _limit;
        private long? _remaining;
        private TimeSpan? _reset;
        private TimeSpan? _period;

        public void Take(What what, string value, DateTimeOffset now)
        {
            switch (what)
            {
                case What.Limit:
                    _limit = Count(value);
                    break;
                case What.Remaining:
                    _remaining = Count(value);
                    break;
                case What.Reset:
                    _reset = RetryDelay.TryParseReset(value, now, out var reset) ? reset + Imprecision(value) : null;
                    break;
                default:
                    _period = RetryDelay.TryParseReset(value, now, out var period) ? period : null;
                    break;
            }
        }

        public readonly RateLimitReading? Known(TimeSpan usualPeriod)
        {
            if (_remaining is not { } remaining)
            {
                return null;
            }

            var reset = _reset ?? _period ?? usualPeriod;
            // Azure says the reset in one unit here and in another there, but never means longer than its period.
            if (_period is { } period && period > TimeSpan.Zero && reset > period)
            {
                reset = period;
            }

            return new RateLimitReading(_limit, remaining, reset);
        }

        // A moment in whole seconds may be meant up to a second later; a second too early is a call too many.
        private static TimeSpan Imprecision(string value) =>
            (value.Contains('T', StringComparison.Ordinal) && !value.Contains('.', StringComparison.Ordinal))
                || Count(value) is >= 1_000_000_000 and < 100_000_000_000
                ? TimeSpan.FromSeconds(1)
                : TimeSpan.Zero;

        private static long? Count(string value) =>
            long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null;
    }
}

/// <summary>What a provider said of its limits; null where it said nothing.</summary>
internal sealed record RateLimits(RateLimitReading? Requests, RateLimitReading? Tokens)
{
    public static readonly RateLimits None = new(null, null);

    public bool IsEmpty => Requests is null && Tokens is null;
}

using System.Globalization;

namespace Holdfast.Retrying;

/// <summary>
/// Reads the delays that servers ask for. Pure, and safe with hostile input: whatever cannot be read gives false, and
/// every delay is clamped to zero at least and <see cref="Longest"/> at most.
/// </summary>
public static class RetryDelay
{
    /// <summary>No delay is longer than this: 1 hour.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private const int MostCharacters = 64;
    private static readonly string[] DatesAfterComma = ["dd MMM yyyy HH:mm:ss 'GMT'", "dd-MMM-yy HH:mm:ss 'GMT'"];
    private static readonly string[] DatesWithoutComma = ["MMM d HH:mm:ss yyyy"];

    /// <summary>
    /// Reads <c>retry-after</c>: seconds, with decimals too, or an HTTP date in any of its three forms.
    /// </summary>
    /// <remarks>RFC 9110, sections 10.2.3 and 5.6.7. The name of the weekday is not looked at.</remarks>
    /// <param name="value">The header's value.</param>
    /// <param name="now">What a date is measured from.</param>
    /// <param name="delay">The delay; zero when false, and for a date that has passed.</param>
    public static bool TryParseRetryAfter(string? value, DateTimeOffset now, out TimeSpan delay)
    {
        if (!TryTrim(value, out var text))
        {
            delay = TimeSpan.Zero;
            return false;
        }

        return TryParseNumber(text, TimeSpan.TicksPerSecond, out delay) || TryParseHttpDate(text, now, out delay);
    }

    /// <summary>Reads <c>retry-after-ms</c>: milliseconds, with decimals too.</summary>
    /// <param name="value">The header's value.</param>
    /// <param name="delay">The delay; zero when false.</param>
    public static bool TryParseMilliseconds(string? value, out TimeSpan delay)
    {
        delay = TimeSpan.Zero;
        return TryTrim(value, out var text) && TryParseNumber(text, TimeSpan.TicksPerMillisecond, out delay);
    }

    /// <summary>
    /// Reads the time to a rate limit's reset as providers send it: a Go duration (<c>1m0s</c>, <c>20ms</c>), a bare
    /// number of seconds, an RFC 3339 instant, or an instant in seconds or milliseconds since 1970.
    /// </summary>
    /// <param name="value">The header's value.</param>
    /// <param name="now">What an instant is measured from.</param>
    /// <param name="delay">The delay; zero when false, and for an instant that has passed.</param>
    public static bool TryParseReset(string? value, DateTimeOffset now, out TimeSpan delay)
    {
        if (!TryTrim(value, out var text))
        {
            delay = TimeSpan.Zero;
            return false;
        }

        return TryParseUnixTime(text, now, out delay)
            || TryParseNumber(text, TimeSpan.TicksPerSecond, out delay)
            || TryParseGoDuration(text, out delay)
            || TryParseInstant(text, now, out delay);
    }

    private static bool TryTrim(string? value, out ReadOnlySpan<char> text)
    {
        text = value.AsSpan();
        // A header of any length is looked at only when it is short: nothing that we read is long.
        if (text.Length > MostCharacters)
            return false;
        text = text.Trim();
        return text.Length != 0;
    }

    private static bool TryParseNumber(ReadOnlySpan<char> text, long ticksPerUnit, out TimeSpan delay)
    {
        delay = TimeSpan.Zero;
        if (!char.IsAsciiDigit(text[0]) || !double.TryParse(
            text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            return false;
        delay = Clamp(number * ticksPerUnit);
        return true;
    }

    /// <summary>No limit is there again after 30 years only: so large a number is a moment.</summary>
    private static bool TryParseUnixTime(ReadOnlySpan<char> text, DateTimeOffset now, out TimeSpan delay)
    {
        const double firstSeconds = 1e9, firstMilliseconds = 1e11;
        delay = TimeSpan.Zero;
        if (!char.IsAsciiDigit(text[0]) || !double.TryParse(
            text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            || number < firstSeconds)
            return false;
        var since = now - DateTimeOffset.UnixEpoch;
        var ticksPerUnit = number < firstMilliseconds ? TimeSpan.TicksPerSecond : TimeSpan.TicksPerMillisecond;
        delay = Clamp((number * ticksPerUnit) - since.Ticks);
        return true;
    }

    private static bool TryParseGoDuration(ReadOnlySpan<char> text, out TimeSpan delay)
    {
        delay = TimeSpan.Zero;
        double ticks = 0;
        while (!text.IsEmpty)
        {
            var digits = text.IndexOfAnyExcept("0123456789.");
            if (digits < 0 || !char.IsAsciiDigit(text[0]))
                return false;
            if (!double.TryParse(
                text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
                return false;
            text = text[digits..];

            var letters = text.IndexOfAny("0123456789.");
            var unit = letters < 0 ? text : text[..letters];
            if (TicksPerUnit(unit) is not { } ticksPerUnit)
                return false;
            ticks += number * ticksPerUnit;
            text = text[unit.Length..];
        }

        delay = Clamp(ticks);
        return true;
    }

    private static double? TicksPerUnit(ReadOnlySpan<char> unit) => unit switch
    {
        "h" => TimeSpan.TicksPerHour,
        "m" => TimeSpan.TicksPerMinute,
        "s" => TimeSpan.TicksPerSecond,
        "ms" => TimeSpan.TicksPerMillisecond,
        "us" or "µs" or "μs" => TimeSpan.TicksPerMicrosecond,
        "ns" => TimeSpan.TicksPerMicrosecond / 1000.0,
        _ => null,
    };

    private static bool TryParseInstant(ReadOnlySpan<char> text, DateTimeOffset now, out TimeSpan delay)
    {
        delay = TimeSpan.Zero;
        // 2024-01-01T00:00:00Z is the shortest; what .NET would guess from other texts is none of ours.
        if (text.Length < 20 || text[4] != '-' || text[10] is not ('T' or 't' or ' ') || !HasOffset(text))
            return false;
        if (!DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant))
            return false;
        delay = Clamp((instant - now).Ticks);
        return true;
    }

    private static bool HasOffset(ReadOnlySpan<char> text) =>
        text[^1] is 'Z' or 'z' || text[^6] is '+' or '-';

    private static bool TryParseHttpDate(ReadOnlySpan<char> text, DateTimeOffset now, out TimeSpan delay)
    {
        delay = TimeSpan.Zero;
        var comma = text.IndexOf(',');
        // Weekdays are dropped: a wrong one is no reason to come back too early.
        var rest = text[((comma >= 0 ? comma : text.IndexOf(' ')) + 1)..].Trim();
        if (!DateTimeOffset.TryParseExact(
            rest,
            comma >= 0 ? DatesAfterComma : DatesWithoutComma,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AllowInnerWhite,
            out var date))
            return false;

        // RFC 9110, 5.6.7: a two-digit year more than 50 years ahead lies in the past.
        if (comma >= 0 && rest.Contains('-') && date - now > TimeSpan.FromDays(50 * 365.25))
            date = date.AddYears(-100);
        delay = Clamp((date - now).Ticks);
        return true;
    }

    private static TimeSpan Clamp(double ticks) => new((long)Math.Clamp(ticks, 0, Longest.Ticks));
}

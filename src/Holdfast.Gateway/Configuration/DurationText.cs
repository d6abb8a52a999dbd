using System.Globalization;
using System.Text.RegularExpressions;

namespace Holdfast.Gateway.Configuration;

/// <summary>Durations as the configuration writes them: milliseconds, or a number with ms, s, m, h or d.</summary>
internal static partial class DurationText
{
    /// <summary>What no duration is longer than; most have narrower bounds.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(3650);

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        var match = Shape().Match(text);
        if (!match.Success)
            return false;
        var number = decimal.Parse(match.Groups[1].ValueSpan, NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture);
        var ticks = number * match.Groups[2].Value switch
        {
            "s" => TimeSpan.TicksPerSecond,
            "m" => TimeSpan.TicksPerMinute,
            "h" => TimeSpan.TicksPerHour,
            "d" => TimeSpan.TicksPerDay,
            _ => TimeSpan.TicksPerMillisecond,
        };
        if (ticks > Longest.Ticks)
            return false;
        duration = TimeSpan.FromTicks((long)ticks);
        return true;
    }

    /// <summary>The shortest way to write it.</summary>
    public static string Format(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero)
            return "0";
        foreach (var (unit, name) in Units)
        {
            if (duration.Ticks % unit == 0)
                return string.Create(CultureInfo.InvariantCulture, $"{duration.Ticks / unit}{name}");
        }

        return string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds}ms");
    }

    private static readonly (long Ticks, string Name)[] Units =
    [
        (TimeSpan.TicksPerDay, "d"), (TimeSpan.TicksPerHour, "h"), (TimeSpan.TicksPerMinute, "m"),
        (TimeSpan.TicksPerSecond, "s"),
    ];

    // The digits are bounded so that no number overflows before it is compared.
    [GeneratedRegex(@"\A([0-9]{1,15}(?:\.[0-9]{1,6})?)(ms|s|m|h|d)?\z")]
    private static partial Regex Shape();
}

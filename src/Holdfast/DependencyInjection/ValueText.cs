using System.Globalization;

namespace Holdfast.DependencyInjection;

/// <summary>Values of options as they are written in a configuration.</summary>
internal static class ValueText
{
    private static readonly (string Unit, double Seconds)[] Units =
        [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86400)];

    public static bool CanRead(Type type) => IsPlain(type) || IsOptions(type) || ListOf(type) is not null;

    /// <summary>Options within options: a record of ours.</summary>
    public static bool IsOptions(Type type) =>
        type.IsClass && type.GetMethod("<Clone>$") is not null && type.GetConstructor([]) is not null;

    /// <summary>What a list holds; null when it is none, or one of what can't be read.</summary>
    public static Type? ListOf(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>)
        && type.GetGenericArguments()[0] is var item && IsPlain(item) ? item : null;

    public static bool TryRead(Type type, string? text, out object? value, out string allowed)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        (value, allowed) = type switch
        {
            _ when type == typeof(string) => (text, "a text"),
            _ when type == typeof(bool) => (bool.TryParse(text, out var flag) ? flag : null, "true or false"),
            _ when type == typeof(int) => ((object?)Whole(text), "a whole number"),
            _ when type == typeof(double) => (Number(text), "a number"),
            _ when type == typeof(TimeSpan) => (Duration(text), "a duration, as 30s, 500ms or 00:00:30"),
            _ => (Word(type, text), $"one of {string.Join(", ", Enum.GetNames(type))}"),
        };
        return value is not null;
    }

    private static bool IsPlain(Type type) => (Nullable.GetUnderlyingType(type) ?? type) is var plain
        && (plain.IsEnum || plain == typeof(string) || plain == typeof(bool) || plain == typeof(int)
            || plain == typeof(double) || plain == typeof(TimeSpan));

    private static object? Whole(string? text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static object? Number(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static object? Duration(string? text)
    {
        foreach (var (unit, seconds) in Units)
        {
            if (text?.EndsWith(unit, StringComparison.OrdinalIgnoreCase) == true
                && Number(text[..^unit.Length]) is double count && Math.Abs(count * seconds) < 1e9)
                return TimeSpan.FromSeconds(count * seconds);
        }

        // A bare number would be days.
        return text?.Contains(':') == true && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span)
            ? span
            : null;
    }

    private static object? Word(Type type, string? text) =>
        Enum.GetNames(type).FirstOrDefault(name => name.Equals(
            text?.Replace("_", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase)) is { } name
            ? Enum.Parse(type, name)
            : null;
}

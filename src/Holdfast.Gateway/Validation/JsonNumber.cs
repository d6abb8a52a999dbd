using System.Text.Json;

namespace Holdfast.Gateway.Validation;

/// <summary>
/// A JSON number, exactly where <see cref="decimal"/> holds it, else as near as <see cref="double"/> comes.
/// </summary>
internal readonly record struct JsonNumber(decimal? Exact, double Near)
{
    public static JsonNumber Of(in JsonElement number) =>
        new(number.TryGetDecimal(out var exact) ? exact : null,
            number.TryGetDouble(out var near) ? near : double.NaN);

    public bool IsWhole => Exact is { } exact ? exact == decimal.Truncate(exact) : Near == Math.Truncate(Near);

    public int CompareTo(JsonNumber other) =>
        Exact is { } mine && other.Exact is { } theirs ? mine.CompareTo(theirs) : Near.CompareTo(other.Near);

    public bool IsMultipleOf(JsonNumber other) =>
        Exact is { } mine && other.Exact is { } theirs
            ? mine % theirs == 0
            : Math.IEEERemainder(Near, other.Near) == 0;
}

using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Cohere;

/// <summary>Tokens as Cohere counts them; what it bills is told apart and is less.</summary>
internal static class CohereUsage
{
    // Far above any real count, far below what would overflow when two are added.
    private const long Limit = 1_000_000_000_000;

    /// <exception cref="JsonException">A count is no count.</exception>
    public static Usage Read(JsonView usage)
    {
        if (usage.IsMissing)
        {
            return default;
        }

        if (!usage.IsObject)
        {
            throw new JsonException("Usage is an object.");
        }

        var tokens = usage.Member("tokens"u8);
        tokens = tokens.IsObject ? tokens : usage.Member("billed_units"u8);
        return new Usage(
            Count(tokens.Member("input_tokens"u8)), Count(tokens.Member("output_tokens"u8)),
            Count(usage.Member("cached_tokens"u8)));
    }

    // Cohere writes some counts as 12.0.
    private static long Count(JsonView value) =>
        value.IsMissing ? 0
        : value.TryGetDouble(out var number) && number is >= 0 and <= Limit && number == Math.Floor(number)
            ? (long)number
            : throw new JsonException("A token count is a whole number.");
}

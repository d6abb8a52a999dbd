using System.Text.Json;

namespace Holdfast.Gateway.Providers.Translation;

/// <summary>Tokens as a provider counts them, which nobody vouches for.</summary>
internal static class TokenCount
{
    // Far above any real count, far below what would overflow when a few are added.
    private const long Limit = 1_000_000_000_000;

    /// <summary>The count; 0 where there is none.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static long Of(JsonView value) => value.IsMissing ? 0
        : value.TryGetInt64(out var number) && number is >= 0 and <= Limit ? number
        : value.TryGetDouble(out var wide) && wide is >= 0 and <= Limit && wide == Math.Floor(wide) ? (long)wide
        : throw new JsonException("A token count is a whole number.");

    /// <summary>Takes a count over; what an event doesn't mention stays as it was.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static void Update(ref long count, JsonView value)
    {
        if (!value.IsMissing)
        {
            count = Of(value);
        }
    }
}

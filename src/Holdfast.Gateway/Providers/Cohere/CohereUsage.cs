using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Cohere;

/// <summary>Tokens as Cohere counts them; what it bills is told apart and is less.</summary>
internal static class CohereUsage
{
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
            TokenCount.Of(tokens.Member("input_tokens"u8)), TokenCount.Of(tokens.Member("output_tokens"u8)),
            TokenCount.Of(usage.Member("cached_tokens"u8)));
    }
}

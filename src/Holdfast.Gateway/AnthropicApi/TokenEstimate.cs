using System.Text.Json;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.AnthropicApi;

/// <summary>
/// Roughly how many tokens a conversation has, for callers whose model nobody counts for. Text has about four bytes to
/// a token; an image or a page costs what it shows and not how long its data is.
/// </summary>
internal static class TokenEstimate
{
    private const int BytesPerToken = 4;

    // What Anthropic says of an image of the largest size that it doesn't scale down.
    private const long TokensPerImage = 1600;

    /// <param name="body">A request that has been read before: valid JSON.</param>
    public static long Of(ReadOnlySpan<byte> body)
    {
        var bytes = 0L;
        var images = 0L;
        var isData = false;
        var reader = new KnownJsonReader(body);
        while (reader.Read())
        {
            var isQuoted = reader.Kind is JsonTokenType.PropertyName or JsonTokenType.String;
            var token = isQuoted ? body[(reader.Start + 1)..(reader.End - 1)] : body[reader.Start..reader.End];
            var isImage = isData && reader.Kind == JsonTokenType.String && !token.Contains((byte)' ')
                && token.Length > BytesPerToken * TokensPerImage;
            isData = reader.Kind == JsonTokenType.PropertyName && token.SequenceEqual("data"u8);
            images += isImage ? 1 : 0;
            bytes += isImage ? 0 : token.Length;
        }

        return (bytes / BytesPerToken) + (images * TokensPerImage) + 1;
    }
}

using System.Text.Json;

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
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = OpenAiApi.CallFields.MaxDepth });
        while (reader.Read())
        {
            var isImage = isData && reader.TokenType == JsonTokenType.String && !reader.ValueSpan.Contains((byte)' ')
                && reader.ValueSpan.Length > BytesPerToken * TokensPerImage;
            isData = reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("data"u8);
            images += isImage ? 1 : 0;
            bytes += isImage ? 0 : reader.ValueSpan.Length;
        }

        return (bytes / BytesPerToken) + (images * TokensPerImage) + 1;
    }
}

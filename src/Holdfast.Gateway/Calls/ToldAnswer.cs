namespace Holdfast.Gateway.Calls;

/// <summary>What a caller has been told already of an answer that another target is to go on with.</summary>
/// <param name="Text">The text so far, as UTF-8; it may be empty, where only thoughts were told.</param>
/// <param name="WantsThoughts">The request has the model think before it answers.</param>
/// <param name="Tokens">What the text took of the limit that the caller set, by an estimate.</param>
internal sealed record ToldAnswer(ReadOnlyMemory<byte> Text, bool WantsThoughts, long Tokens)
{
    // A token has about so many bytes of text.
    private const int BytesPerToken = 4;

    /// <summary>The tokens of a text that nobody has counted.</summary>
    public static long TokensOf(long bytes) => (bytes + BytesPerToken - 1) / BytesPerToken;
}

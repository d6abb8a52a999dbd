using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Gemini;

/// <summary>Gemini's finish reasons in OpenAI's words.</summary>
internal static class GeminiFinishReasons
{
    /// <summary>The model went wrong, so what came is no answer: another attempt may give one.</summary>
    public static bool IsFailure(JsonView reason) =>
        reason.Says("MALFORMED_FUNCTION_CALL"u8) || reason.Says("UNEXPECTED_TOOL_CALL"u8)
        || reason.Says("TOO_MANY_TOOL_CALLS"u8) || reason.Says("MALFORMED_RESPONSE"u8)
        || reason.Says("MISSING_THOUGHT_SIGNATURE"u8);

    /// <summary>
    /// An unknown reason is a <c>stop</c>: the answer did end, and clients know no other word for it. Gemini has no
    /// reason of its own for calls.
    /// </summary>
    public static ReadOnlySpan<byte> FinishReason(JsonView reason, bool hasCalls) =>
        reason.Says("MAX_TOKENS"u8) ? "length"u8
        : IsFilter(reason) ? "content_filter"u8
        : hasCalls ? "tool_calls"u8
        : "stop"u8;

    private static bool IsFilter(JsonView reason) =>
        reason.Says("SAFETY"u8) || reason.Says("RECITATION"u8) || reason.Says("LANGUAGE"u8)
        || reason.Says("BLOCKLIST"u8) || reason.Says("PROHIBITED_CONTENT"u8) || reason.Says("SPII"u8)
        || reason.Says("MODEL_ARMOR"u8) || reason.Says("IMAGE_SAFETY"u8)
        || reason.Says("IMAGE_PROHIBITED_CONTENT"u8) || reason.Says("IMAGE_RECITATION"u8);
}

using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Cohere;

/// <summary>Cohere's finish reasons in OpenAI's words.</summary>
internal static class CohereFinishReasons
{
    /// <summary>The answer broke off inside a 200.</summary>
    public static bool IsFailure(JsonView reason) => reason.Says("ERROR"u8) || reason.Says("TIMEOUT"u8);

    /// <summary>
    /// An unknown reason is a <c>stop</c>: the answer did end, and clients know no other word for it.
    /// </summary>
    public static ReadOnlySpan<byte> FinishReason(JsonView reason) =>
        reason.Says("TOOL_CALL"u8) ? "tool_calls"u8
        : reason.Says("MAX_TOKENS"u8) ? "length"u8
        : "stop"u8;
}

using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Bedrock;

/// <summary>Bedrock's stop reasons in OpenAI's words.</summary>
internal static class BedrockStopReasons
{
    /// <summary>The model has said what is no text and no call: no answer.</summary>
    public static bool IsFailure(JsonView stopReason) =>
        stopReason.Says("malformed_model_output"u8) || stopReason.Says("malformed_tool_use"u8);

    /// <summary>
    /// An unknown reason is a <c>stop</c>: the answer did end, and clients know no other word for it.
    /// </summary>
    public static ReadOnlySpan<byte> FinishReason(JsonView stopReason) =>
        stopReason.Says("tool_use"u8) ? "tool_calls"u8
        : stopReason.Says("max_tokens"u8) || stopReason.Says("model_context_window_exceeded"u8) ? "length"u8
        : stopReason.Says("guardrail_intervened"u8) || stopReason.Says("content_filtered"u8) ? "content_filter"u8
        : "stop"u8;
}

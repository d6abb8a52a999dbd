using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>Anthropic's stop reasons in OpenAI's words.</summary>
internal static class AnthropicStopReasons
{
    /// <summary>
    /// An unknown reason is a <c>stop</c>: the answer did end, and clients know no other word for it.
    /// </summary>
    public static ReadOnlySpan<byte> FinishReason(JsonView stopReason) =>
        stopReason.Says("tool_use"u8) ? "tool_calls"u8
        : stopReason.Says("max_tokens"u8) || stopReason.Says("model_context_window_exceeded"u8) ? "length"u8
        : stopReason.Says("refusal"u8) ? "content_filter"u8
        : "stop"u8;
}

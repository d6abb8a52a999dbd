using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>OpenAI's finish reasons in Anthropic's words.</summary>
internal static class CallerStopReasons
{
    /// <param name="finishReason">OpenAI's word.</param>
    /// <param name="calledTools">
    /// The answer calls tools: some providers then say <c>stop</c>, and callers look at the reason to run them.
    /// </param>
    public static byte[] Of(JsonView finishReason, bool calledTools) =>
        finishReason.Says("length"u8) ? MaxTokens
        : finishReason.Says("content_filter"u8) ? Refusal
        : calledTools ? ToolUse
        : EndTurn;

    private static readonly byte[] MaxTokens = [.. "max_tokens"u8];
    private static readonly byte[] Refusal = [.. "refusal"u8];
    private static readonly byte[] ToolUse = [.. "tool_use"u8];
    private static readonly byte[] EndTurn = [.. "end_turn"u8];
}

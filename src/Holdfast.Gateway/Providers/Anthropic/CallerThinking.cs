using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>
/// How much a caller lets the model think, as OpenAI's <c>reasoning_effort</c>: the effort where one is named, else the
/// share of the answer's tokens that may go into thinking. The opposite of <see cref="AnthropicThinking"/>.
/// </summary>
internal static class CallerThinking
{
    public static void Write(JsonOutput output, in CallerFields fields, Refusals refusals)
    {
        var thinking = fields.Thinking;
        if (!thinking.IsMissing && !thinking.IsObject)
        {
            throw Refusals.Invalid("thinking", "it must be an object");
        }

        var type = thinking.Member("type"u8);
        if (!fields.Effort.IsMissing)
        {
            WriteEffort(output, fields.Effort, refusals);
        }
        else if (type.Says("enabled"u8))
        {
            output.Word("reasoning_effort"u8, EffortOf(thinking.Member("budget_tokens"u8), fields.MaxTokens));
        }
        else if (!thinking.IsMissing && !type.IsString)
        {
            throw Refusals.Invalid("thinking.type", "it must be a string");
        }
        else if (!thinking.IsMissing && !type.Says("disabled"u8) && !type.Says("adaptive"u8))
        {
            refusals.Option("thinking.type", "it must be enabled, disabled or adaptive");
        }
    }

    private static void WriteEffort(JsonOutput output, JsonView effort, Refusals refusals)
    {
        if (effort.Says("low"u8) || effort.Says("medium"u8) || effort.Says("high"u8) || effort.Says("xhigh"u8))
        {
            output.Value("reasoning_effort"u8, effort);
        }
        else if (effort.Says("max"u8))
        {
            // The most that OpenAI has a word for.
            output.Word("reasoning_effort"u8, "xhigh"u8);
        }
        else if (!effort.IsString)
        {
            throw Refusals.Invalid("output_config.effort", "it must be a string");
        }
        else
        {
            refusals.Option("output_config.effort", "it must be low, medium, high, xhigh or max");
        }
    }

    private static ReadOnlySpan<byte> EffortOf(JsonView budget, JsonView maxTokens)
    {
        if (!budget.TryGetInt64(out var tokens) || tokens < 1)
        {
            throw Refusals.Invalid("thinking.budget_tokens", "it must be a whole number of at least 1");
        }

        var share = maxTokens.TryGetInt64(out var most) && most > 0 ? (double)tokens / most : 1;
        return share < 0.35 ? "low"u8 : share < 0.65 ? "medium"u8 : "high"u8;
    }
}

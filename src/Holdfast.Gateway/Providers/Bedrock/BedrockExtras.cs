using Holdfast.Gateway.Providers.Anthropic;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Bedrock;

/// <summary>
/// <c>additionalModelRequestFields</c>: what Converse hands to a model as it is, and what each family therefore writes
/// in its own way. Options that a family has no word for are refused.
/// </summary>
internal static class BedrockExtras
{
    public static void Write(
        JsonOutput output, in ChatFields fields, in ChatToolChoice choice, in BedrockModel model, int defaultMaxTokens,
        Refusals refusals)
    {
        if (model.Family == BedrockFamily.Anthropic)
        {
            WriteAnthropic(output, fields, choice, model, defaultMaxTokens, refusals);
            return;
        }

        if (!fields[ChatField.Thinking].IsMissing)
        {
            refusals.Option("thinking", "only Anthropic's models take it");
        }

        var isOpen = false;
        WriteTopK(output, fields[ChatField.TopK], model, refusals, ref isOpen);
        WriteEffort(output, fields[ChatField.ReasoningEffort], model, refusals, ref isOpen);
        if (isOpen)
        {
            output.EndObject();
        }
    }

    private static void WriteAnthropic(
        JsonOutput output, in ChatFields fields, in ChatToolChoice choice, in BedrockModel model, int defaultMaxTokens,
        Refusals refusals)
    {
        var thinking = AnthropicThinking.Read(fields, choice, model.Name, defaultMaxTokens, refusals);
        var topK = fields[ChatField.TopK];
        if (!topK.IsMissing && thinking.IsByEffort)
        {
            refusals.Option("top_k", "Anthropic does not take it together with reasoning_effort");
            topK = default;
        }

        if (topK.IsMissing && !thinking.IsByEffort && fields[ChatField.Thinking].IsMissing)
        {
            return;
        }

        output.BeginObject("additionalModelRequestFields"u8);
        ChatOptions.WriteNumber(output, "top_k", "top_k"u8, topK);
        thinking.Write(output);
        if (!thinking.Effort.IsEmpty)
        {
            output.BeginObject("output_config"u8);
            output.Word("effort"u8, thinking.Effort);
            output.EndObject();
        }

        output.EndObject();
    }

    private static void WriteTopK(
        JsonOutput output, JsonView topK, in BedrockModel model, Refusals refusals, ref bool isOpen)
    {
        if (topK.IsMissing)
        {
            return;
        }

        if (model.Family is not (BedrockFamily.Nova or BedrockFamily.Nova2))
        {
            refusals.Option("top_k", "only models of Anthropic's and Amazon's take it");
            return;
        }

        Open(output, ref isOpen);
        output.BeginObject("inferenceConfig"u8);
        ChatOptions.WriteNumber(output, "top_k", "topK"u8, topK);
        output.EndObject();
    }

    private static void WriteEffort(
        JsonOutput output, JsonView effort, in BedrockModel model, Refusals refusals, ref bool isOpen)
    {
        var isNone = effort.Says("none"u8);
        if (effort.IsMissing || (isNone && model.Family != BedrockFamily.Gpt))
        {
            return;
        }

        if (!isNone && !IsEffort(effort))
        {
            refusals.Option("reasoning_effort", "it must be none, minimal, low, medium, high or xhigh");
            return;
        }

        if (model.Family is BedrockFamily.Other or BedrockFamily.Nova)
        {
            refusals.Option("reasoning_effort", "how this model would be told so is not known");
            return;
        }

        Open(output, ref isOpen);
        switch (model.Family)
        {
            case BedrockFamily.Nova2:
                output.BeginObject("reasoningConfig"u8);
                output.Word("type"u8, "enabled"u8);
                output.Word("maxReasoningEffort"u8, AmongThree(effort));
                output.EndObject();
                break;
            case BedrockFamily.Gpt:
                output.BeginObject("reasoning"u8);
                // The newest of these models have no word for less than low.
                output.Word("effort"u8, effort.Says("minimal"u8) ? "low"u8 : effort.Text);
                output.EndObject();
                break;
            case BedrockFamily.Qwen:
                output.Word("reasoning_config"u8, AmongThree(effort));
                break;
            default:
                output.Word("reasoning_effort"u8, AmongThree(effort));
                break;
        }
    }

    private static bool IsEffort(JsonView effort) => effort.Says("minimal"u8) || effort.Says("low"u8)
        || effort.Says("medium"u8) || effort.Says("high"u8) || effort.Says("xhigh"u8);

    private static ReadOnlySpan<byte> AmongThree(JsonView effort) =>
        effort.Says("minimal"u8) ? "low"u8 : effort.Says("xhigh"u8) ? "high"u8 : effort.Text;

    private static void Open(JsonOutput output, ref bool isOpen)
    {
        if (!isOpen)
        {
            output.BeginObject("additionalModelRequestFields"u8);
            isOpen = true;
        }
    }
}

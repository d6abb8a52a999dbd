using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Ollama;

/// <summary>
/// What <c>reasoning_effort</c> means to Ollama: its models think or they don't, and only OpenAI's own open models
/// take a level (and think always). What is unsaid is left to the model.
/// </summary>
internal static class OllamaThinking
{
    /// <exception cref="UnsupportedFieldException">The model cannot think so.</exception>
    public static void Write(JsonOutput output, in ChatFields fields, string model, Refusals refusals)
    {
        var own = fields[ChatField.Think];
        var effort = fields[ChatField.ReasoningEffort];
        if (!own.IsMissing)
        {
            output.Value("think"u8, own.IsTrue || own.IsFalse || own.IsString
                ? own
                : throw Refusals.Invalid("think", "it must be true, false or a level"));
            if (!effort.IsMissing)
            {
                refusals.Option("reasoning_effort", "it says the same as think, and only one of them can hold");
            }
        }
        else if (!effort.IsMissing)
        {
            Write(output, effort, TakesLevels(model), refusals);
        }
    }

    private static void Write(JsonOutput output, JsonView effort, bool takesLevels, Refusals refusals)
    {
        var level = effort.Says("minimal"u8) || effort.Says("low"u8) ? "low"u8
            : effort.Says("medium"u8) ? "medium"u8
            : effort.Says("high"u8) || effort.Says("xhigh"u8) ? "high"u8
            : default;
        var isNone = effort.Says("none"u8);
        if (level.IsEmpty && !isNone)
        {
            refusals.Option("reasoning_effort", "it must be none, minimal, low, medium, high or xhigh");
        }
        else if (isNone && takesLevels)
        {
            refusals.Option("reasoning_effort", "this model cannot answer without thinking");
        }
        else if (takesLevels)
        {
            output.Word("think"u8, level);
        }
        else
        {
            output.Name("think"u8);
            output.Raw(isNone ? "false"u8 : "true"u8);
        }
    }

    private static bool TakesLevels(string model) =>
        model.AsSpan(model.LastIndexOf('/') + 1).StartsWith("gpt-oss", StringComparison.Ordinal);
}

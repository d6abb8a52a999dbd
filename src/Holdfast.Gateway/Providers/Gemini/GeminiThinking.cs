using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Gemini;

/// <summary>
/// What <c>reasoning_effort</c> means to Gemini, by Google's own table ("OpenAI compatibility", thinking): a number of
/// tokens for 2.5, a level from 3 on. Asking for thinking also asks for summaries of the thoughts.
/// </summary>
internal static class GeminiThinking
{
    // What Gemini 2.5 may think at most: Pro, and the others.
    private const int MostOfPro = 32_768;
    private const int Most = 24_576;

    /// <exception cref="UnsupportedFieldException">The model cannot think so.</exception>
    public static void Write(JsonOutput output, JsonView effort, string model, Refusals refusals)
    {
        if (effort.IsMissing)
        {
            return;
        }

        var isNone = effort.Says("none"u8);
        if (!isNone && LevelOf(effort, model).IsEmpty)
        {
            refusals.Option("reasoning_effort", "it must be none, minimal, low, medium, high or xhigh");
            return;
        }

        switch (GeminiModels.ThinkingOf(model))
        {
            case GeminiThinkingKind.None when isNone:
                break;
            case GeminiThinkingKind.None:
                refusals.Option("reasoning_effort", "this model does not think");
                break;
            case GeminiThinkingKind.Budget when !isNone || !GeminiModels.IsPro(model):
                WriteBudget(output, isNone ? 0 : BudgetOf(effort, model));
                break;
            case GeminiThinkingKind.Level when !isNone:
                output.BeginObject("thinkingConfig"u8);
                output.Word("thinkingLevel"u8, LevelOf(effort, model));
                output.True("includeThoughts"u8);
                output.EndObject();
                break;
            default:
                refusals.Option("reasoning_effort", "this model cannot answer without thinking");
                break;
        }
    }

    private static void WriteBudget(JsonOutput output, int budget)
    {
        output.BeginObject("thinkingConfig"u8);
        output.Number("thinkingBudget"u8, budget);
        if (budget > 0)
        {
            output.True("includeThoughts"u8);
        }

        output.EndObject();
    }

    private static int BudgetOf(JsonView effort, string model) =>
        effort.Says("medium"u8) ? 8192
        : effort.Says("high"u8) ? Most
        : effort.Says("xhigh"u8) ? (GeminiModels.IsPro(model) ? MostOfPro : Most)
        : 1024;

    /// <summary>Empty where it is no effort. What a model has no word for becomes the nearest that it has.</summary>
    private static ReadOnlySpan<byte> LevelOf(JsonView effort, string model) =>
        effort.Says("minimal"u8) ? (GeminiModels.IsPro(model) ? "low"u8 : "minimal"u8)
        : effort.Says("low"u8) ? "low"u8
        : effort.Says("medium"u8) ? (GeminiModels.HasNoMedium(model) ? "high"u8 : "medium"u8)
        : effort.Says("high"u8) || effort.Says("xhigh"u8) ? "high"u8
        : default;
}

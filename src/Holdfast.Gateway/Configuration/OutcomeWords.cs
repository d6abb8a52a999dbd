using System.Text.Json;
using Holdfast.Failover;

namespace Holdfast.Gateway.Configuration;

/// <summary>The outcomes that <c>failoverOn</c> may name, by the words that headers, logs and metrics use.</summary>
internal static class OutcomeWords
{
    private static readonly Dictionary<string, Outcome> ByWord = Enum.GetValues<Outcome>()
        // After an answer, or when nobody waits for one, there is nothing to fail over.
        .Where(outcome => outcome is not (Outcome.Ok or Outcome.Cancelled))
        .ToDictionary(outcome => JsonNamingPolicy.SnakeCaseLower.ConvertName(outcome.ToString()));

    public static IReadOnlyList<Outcome> Read(SectionReader section, IReadOnlyList<Outcome> fallback)
    {
        if (section.Texts("failoverOn", ',') is not { } words)
            return fallback;
        var outcomes = new List<Outcome>();
        foreach (var word in words)
        {
            if (!ByWord.TryGetValue(word.Text, out var outcome))
            {
                section.Report(word.Line, word.Place, word.Says("is no outcome that can fail over") +
                    $"{section.DidYouMean(word, ByWord.Keys)} (allowed: {Wording.List(ByWord.Keys)})");
            }
            else if (!outcomes.Contains(outcome))
            {
                outcomes.Add(outcome);
            }
        }

        return outcomes;
    }
}

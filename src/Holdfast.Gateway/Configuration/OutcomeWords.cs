using Holdfast.Failover;

namespace Holdfast.Gateway.Configuration;

/// <summary>The outcomes that a configuration may name, by the words that headers, logs and metrics use.</summary>
internal static class OutcomeWords
{
    // Only what was tried can be tried again or go on elsewhere, and what ends a call ends it all the same. A target
    // that isn't tried is passed over in any case.
    private static readonly Outcome[] Repeatable =
    [
        .. Enum.GetValues<Outcome>().Where(outcome =>
            outcome.IsAttempt() && outcome.Rule().NextTarget && outcome is not Outcome.Cut),
    ];

    private static readonly Dictionary<string, Outcome[]> FailingOver = Repeatable
        .ToDictionary(outcome => outcome.Word(), outcome => new[] { outcome }, StringComparer.Ordinal);

    // Single outcomes, and the categories of errors as whole groups.
    private static readonly Dictionary<string, Outcome[]> Repeating = Repeatable
        .Select(outcome => (Word: outcome.Word(), Outcomes: new[] { outcome }))
        .Concat(Repeatable.GroupBy(outcome => outcome.Rule().Category.Code())
            .Select(group => (Word: group.Key, Outcomes: group.ToArray())))
        .ToDictionary(entry => entry.Word, entry => entry.Outcomes, StringComparer.Ordinal);

    /// <summary>Reads <c>failoverOn</c>.</summary>
    public static IReadOnlyList<Outcome> FailoverOn(SectionReader section, IReadOnlyList<Outcome> fallback) =>
        Read(section, "failoverOn", FailingOver, "is no outcome that can fail over", fallback);

    /// <summary>Reads <c>retryableErrors</c>.</summary>
    public static IReadOnlyList<Outcome> Retryable(SectionReader section, IReadOnlyList<Outcome> fallback) =>
        Read(section, "retryableErrors", Repeating, "is no outcome that can be tried again", fallback);

    private static IReadOnlyList<Outcome> Read(SectionReader section, string key,
        Dictionary<string, Outcome[]> known, string otherwise, IReadOnlyList<Outcome> fallback)
    {
        if (section.Texts(key, ',') is not { } words)
        {
            section.Standard(key, $"[{string.Join(", ", fallback.Select(outcome => outcome.Word()))}]");
            return fallback;
        }

        var outcomes = new List<Outcome>();
        foreach (var word in words)
        {
            if (known.TryGetValue(word.Text, out var named))
            {
                outcomes.AddRange(named.Except(outcomes));
            }
            else
            {
                section.Report(word.Line, word.Place, word.Says(otherwise) +
                    $"{section.DidYouMean(word, known.Keys)} (allowed: {Wording.List(known.Keys)})");
            }
        }

        return outcomes;
    }
}

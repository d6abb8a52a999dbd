using Holdfast.Failover;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Configuration;

/// <summary>Reads <c>errors</c> of a provider: what single errors of it mean.</summary>
internal static class ErrorsSection
{
    private const int Most = 100;

    // What an answer can be; the rest is for what never came.
    private static readonly string[] Outcomes =
    [
        .. new[]
        {
            Outcome.ServerError, Outcome.BadAnswer, Outcome.Conflict, Outcome.RateLimited, Outcome.Quota, Outcome.Auth,
            Outcome.NotFound, Outcome.CallerError,
        }.Select(outcome => outcome.Word()),
    ];

    public static IReadOnlyList<ErrorRule> Read(SectionReader provider)
    {
        var rules = new List<ErrorRule>();
        var items = provider.Items("errors");
        if (items.Count > Most)
            provider.Error("errors", $"has {items.Count} entries (allowed: up to {Most})");
        for (var i = 0; i < items.Count; i++)
        {
            var place = Wording.Place(provider.PlaceOf("errors"), i);
            if (items[i] is MappingNode mapping)
                rules.Add(ReadOne(new SectionReader(mapping, mapping.Line, place, provider.Problems)));
            else
                provider.Report(items[i].Line, place, $"must be a mapping, not a {items[i].Kind}");
        }

        return rules;
    }

    private static ErrorRule ReadOne(SectionReader section)
    {
        // 200 is an error inside an answer.
        var status = section.Has("status") ? section.Integer("status", 0, 100, 599) : 0;
        var word = section.Has("outcome") ? section.Word("outcome", "", Outcomes) : "";
        var rule = new ErrorRule(status == 0 ? 100 : status, status == 0 ? 599 : status,
            Enum.GetValues<Outcome>().FirstOrDefault(outcome => outcome.Word() == word))
        {
            Type = Match(section, "type", TextMatchKind.Is),
            Code = Match(section, "code", TextMatchKind.Is),
            Message = Match(section, "message", TextMatchKind.Holds),
        };
        section.Done();
        if (!section.HasFailed && !section.Has("outcome"))
            section.ErrorHere($"outcome is missing (one of: {Wording.List(Outcomes)})");
        if (!section.HasFailed && status == 0 && rule is { Type: null, Code: null, Message: null })
            section.ErrorHere("covers every error; write at least one of status, type, code, message");
        return rule;
    }

    private static TextMatch? Match(SectionReader section, string key, TextMatchKind kind)
    {
        if (section.Placed(key) is not { } written)
            return null;
        if (written.Text.Length > 0)
            return new TextMatch(kind, written.Text);
        section.Error(key, "is empty: every error would match it");
        return null;
    }
}

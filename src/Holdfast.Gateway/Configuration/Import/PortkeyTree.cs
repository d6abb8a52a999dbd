using Holdfast.Failover;

namespace Holdfast.Gateway.Configuration.Import;

/// <summary>What a target of Portkey's takes over from the strategy above it.</summary>
internal sealed record PortkeyInherited(string? Model, string? Timeout, double? MaxTokens, string? Host)
{
    public static readonly PortkeyInherited None = new(null, null, null, null);
}

/// <summary>Reads the tree of strategies below one section into levels of targets.</summary>
internal sealed class PortkeyTree(ImportedConfiguration result, string? model)
{
    private readonly List<double> _retries = [];
    private readonly SortedSet<string> _retryable = new(StringComparer.Ordinal);
    private IReadOnlyList<string> _failoverOn = [];
    private (int Line, string Place, ImportReport Report)? _retryPlace;

    /// <summary>The targets of each level with their weights, the first level first.</summary>
    /// <param name="section">A strategy, or a target.</param>
    /// <param name="above">What it takes over.</param>
    /// <param name="isDrawn">It stands in a draw, so that its weight means something.</param>
    public List<List<PortkeyTarget>> Levels(SourceSection section, PortkeyInherited above, bool isDrawn = false)
    {
        var inherited = Inherit(section, above);
        if (!section.Has("targets"))
        {
            var leaf = PortkeyLeaf.Read(section, inherited, result, model);
            var weight = isDrawn ? Weight(section) : 1;
            if (leaf is null)
            {
                section.LeaveOut("belongs to a target that is left out");
                return [];
            }

            section.Rest(PortkeyHints.Target);
            return [[new PortkeyTarget(leaf, weight, section.Line, section.Place)]];
        }

        var strategy = section.Section("strategy");
        var mode = strategy.Raw("mode") ?? "single";
        ReadStatusCodes(strategy);
        var children = section.Items("targets").Select(item => item.Section()).OfType<SourceSection>().ToList();
        var levels = mode switch
        {
            "fallback" => [.. children.SelectMany(child => Levels(child, inherited))],
            "loadbalance" => Drawn(section, children, inherited),
            _ => Single(strategy, mode, children, inherited),
        };
        strategy.Rest(PortkeyHints.Strategy);
        section.Known("name", isDrawn ? "weight" : "name");
        section.Rest(PortkeyHints.Target);
        return levels;
    }

    /// <summary>What the targets below a section take over.</summary>
    public PortkeyInherited Inherit(SourceSection section, PortkeyInherited above)
    {
        ReadRetry(section.Section("retry"));
        var parameters = section.Section("override_params");
        var named = parameters.Text("model") ?? above.Model;
        var most = parameters.Whole("max_tokens", 100_000_000, 1) ?? above.MaxTokens;
        if (parameters.Has("max_tokens"))
        {
            parameters.Change("max_tokens", "overrides what callers send; here it became defaultMaxTokens of " +
                "anthropic's providers only, which counts when a caller names no limit");
        }

        parameters.Rest(PortkeyHints.Parameters);
        return new PortkeyInherited(named, section.Duration("request_timeout", "ms") ?? above.Timeout, most,
            section.Text("custom_host", "https://provider.example/v1") ?? above.Host);
    }

    public void WriteTo(ImportedRoute route)
    {
        if (_failoverOn.Count > 0)
            route.Settings.Set("failoverOn", _failoverOn);
        if (_retries.Count == 0)
            return;
        var retry = route.Settings.At("retry");
        retry.Set("maxRetries", _retries.Max());
        if (_retryable.Count > 0)
            retry.Set("retryableErrors", _retryable);
        if (_retries.Distinct().Count() > 1 && _retryPlace is var (line, place, report))
        {
            report.Change(line, place, "is not the only number of attempts; retries are counted over the whole call " +
                "here, so the largest counts");
        }
    }

    private List<List<PortkeyTarget>> Drawn(
        SourceSection section, List<SourceSection> children, PortkeyInherited inherited)
    {
        var first = new List<PortkeyTarget>();
        var later = new List<List<PortkeyTarget>>();
        foreach (var child in children)
        {
            var levels = Levels(child, inherited, isDrawn: true);
            if (levels.Count == 0)
                continue;
            var whole = child.Has("targets") ? levels[0].Sum(it => it.Weight) : 1;
            var own = child.Has("targets") ? Weight(child) : 1;
            first.AddRange(levels[0].Select(it => it with { Weight = whole > 0 ? it.Weight * own / whole : 0 }));
            later.AddRange(levels.Skip(1));
        }

        if (later.Count > 0)
        {
            section.Source.Report.Change(section.Line, section.Place,
                "draws among strategies that have fallbacks; here all of them are behind all that are drawn");
        }

        return first.Count == 0 ? later : [first, .. later];
    }

    private List<List<PortkeyTarget>> Single(
        SourceSection strategy, string mode, List<SourceSection> children, PortkeyInherited inherited)
    {
        if (mode is not "single")
        {
            strategy.Drop("mode", mode == "conditional"
                ? "chooses by conditions inside of another strategy; the first target stands for it"
                : $"{Wording.Quote(mode)} is not known here; the first target stands for it");
        }

        foreach (var other in children.Skip(1))
            other.Source.Report.Drop(other.Line, other.Place,
                "is never called: its strategy takes the first target only");
        return children.Count == 0 ? [] : Levels(children[0], inherited);
    }

    private static double Weight(SourceSection section) => section.Number("weight", 1_000_000) ?? 1;

    private void ReadStatusCodes(SourceSection strategy)
    {
        if (!strategy.Has("on_status_codes"))
            return;
        var words = StatusWords.Of(strategy, "on_status_codes");
        if (_failoverOn.Count > 0)
        {
            strategy.Drop("on_status_codes", "is not the first; failoverOn counts for the whole route here");
            return;
        }

        _failoverOn = words;
        strategy.Change("on_status_codes", words.Count == 0
            ? "names no status after which another target could follow; the table's outcomes count"
            : $"became failoverOn: {string.Join(", ", words)}; outcomes stand for several statuses each");
    }

    private void ReadRetry(SourceSection retry)
    {
        if (!retry.IsWritten)
            return;
        if (retry.Whole("attempts", 100) is { } attempts)
        {
            _retries.Add(attempts);
            _retryPlace ??= (retry.LineOf("attempts"), retry.PlaceOf("attempts"), retry.Source.Report);
        }

        if (retry.Has("on_status_codes"))
        {
            var words = StatusWords.Of(retry, "on_status_codes");
            _retryable.UnionWith(words);
            retry.Change("on_status_codes", $"became retryableErrors: {string.Join(", ", words)}; outcomes stand for " +
                "several statuses each");
        }

        if (retry.Flag("use_retry_after_header") == false)
            retry.Drop("use_retry_after_header", "can't be turned off: what a provider asks for is obeyed");
        retry.Rest(PortkeyHints.None);
    }
}

/// <summary>Status codes as our outcomes.</summary>
internal static class StatusWords
{
    public static IReadOnlyList<string> Of(SourceSection section, string key)
    {
        var words = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var item in section.Items(key))
        {
            if (item.Text() is not { } text)
                continue;
            if (!int.TryParse(text, out var code) || code is < 100 or > 599)
                section.Wrong(key, "must be a list of status codes, 100 to 599");
            else if (Outcomes(code) is { Length: > 0 } outcomes)
                words.UnionWith(outcomes.Select(outcome => outcome.Word()));
            else
                section.Source.Report.Drop(item.Line, item.Place, $"{code} is the caller's own error or none at all; " +
                    "after it nothing else is tried here");
        }

        return [.. words];
    }

    // A connection that fails, and an answer that makes no sense, have no status; there they are among the 5xx.
    private static Outcome[] Outcomes(int code) => code switch
    {
        401 or 403 => [Outcome.Auth],
        402 => [Outcome.Quota],
        404 => [Outcome.NotFound],
        408 or 504 => [Outcome.Timeout, Outcome.ServerError],
        409 or 425 => [Outcome.Conflict],
        424 => [Outcome.ServerError],
        429 => [Outcome.RateLimited],
        >= 500 => [Outcome.ServerError, Outcome.Refused, Outcome.BadAnswer],
        _ => [],
    };
}

using System.Text.Json;

namespace Holdfast.Simulator.Scenarios;

/// <summary>Reads a behaviour in the one shape that scenario files and control share.</summary>
internal static class BehaviourReader
{
    private static readonly string[] Keys =
    [
        "seed", "firstTokenMs", "tokensPerSecond", "outputTokens", "splitUtf8", "comments", "repeatedWords",
        "limits", "failures", "outages",
    ];

    private static readonly Dictionary<string, OutageMode> Modes = new()
    {
        ["status503"] = OutageMode.Status503, ["refuse"] = OutageMode.Refuse, ["silent"] = OutageMode.Silent,
    };

    public static Behaviour Parse(string json, string name)
    {
        using var document = JsonPlace.ParseDocument(json, name);
        var errors = new List<string>();
        var behaviour = Read(new JsonPlace(document.RootElement, name, "", errors), new Behaviour());
        return errors.Count == 0 ? behaviour : throw new ScenarioException(errors);
    }

    /// <summary>Reads the keys that are there over what holds without them.</summary>
    public static Behaviour Read(JsonPlace place, Behaviour otherwise)
    {
        if (!place.ExpectObject(Keys))
        {
            return otherwise;
        }

        return otherwise with
        {
            Seed = place.Find("seed")?.Whole(int.MinValue, int.MaxValue, 0) ?? otherwise.Seed,
            FirstToken = place.Find("firstTokenMs") is { } first ? Latency(first) : otherwise.FirstToken,
            TokensPerSecond = place.Find("tokensPerSecond")?.Number(0, 1e6, 0) ?? otherwise.TokensPerSecond,
            OutputTokens = place.Find("outputTokens")?.Counts(1, 100_000, otherwise.OutputTokens)
                ?? otherwise.OutputTokens,
            SplitUtf8 = place.Find("splitUtf8")?.Flag(false) ?? otherwise.SplitUtf8,
            Comments = place.Find("comments")?.Flag(false) ?? otherwise.Comments,
            RepeatedWords = place.Find("repeatedWords")?.Whole(0, 1000, 0) ?? otherwise.RepeatedWords,
            Limits = place.Find("limits") is { } limits ? ReadLimits(limits) : otherwise.Limits,
            Failures = place.Find("failures") is { } failures ? FailureReader.ReadAll(failures) : otherwise.Failures,
            Outages = place.Find("outages") is { } outages ? Outages(outages) : otherwise.Outages,
        };
    }

    /// <summary>A fixed number, or the median and the 99th percentile.</summary>
    public static LatencyRange Latency(JsonPlace place)
    {
        if (place.Value.ValueKind == JsonValueKind.Number)
        {
            var exact = place.Number(0, 1e9, 0);
            return new LatencyRange(exact, exact);
        }

        if (!place.ExpectObject(["p50", "p99"]))
        {
            return default;
        }

        var p50 = place.Find("p50")?.Number(0, 1e9, 0);
        var p99 = place.Find("p99")?.Number(0, 1e9, 0);
        if (p50 is null)
        {
            place.Fail("p50 is missing: allowed is a number, or p50 and p99");
        }
        else if (p99 < p50)
        {
            place.Fail($"p99 {p99} is below p50 {p50}: allowed is a p99 that is not");
        }

        return new LatencyRange(p50 ?? 0, p99 ?? p50 ?? 0);
    }

    private static RateLimits? ReadLimits(JsonPlace place)
    {
        if (!place.ExpectObject(["requests", "tokens", "period", "fill"]))
        {
            return null;
        }

        var usual = new RateLimits();
        var period = place.Find("period")?.Duration() ?? usual.Period;
        if (period < TimeSpan.FromMilliseconds(100) || period > TimeSpan.FromDays(1))
        {
            place.Fail("period: allowed is 100ms to 24h");
            period = usual.Period;
        }

        return usual with
        {
            Requests = place.Find("requests")?.Whole(1, 1_000_000, 1),
            Tokens = place.Find("tokens")?.Whole(1, 1_000_000_000, 1),
            Period = period,
            Fill = place.Find("fill")?.OneOf("steady", "window") == "window" ? RateFill.Window : RateFill.Steady,
        };
    }

    private static List<Outage> Outages(JsonPlace place)
    {
        if (place.Value.ValueKind != JsonValueKind.Array)
        {
            place.Fail("allowed is a list of {from, to, mode}");
            return [];
        }

        return [.. place.Items().Select(ReadOutage).OfType<Outage>()];
    }

    private static Outage? ReadOutage(JsonPlace place)
    {
        if (!place.ExpectObject(["from", "to", "mode"]))
        {
            return null;
        }

        var from = place.Find("from")?.Duration() ?? TimeSpan.Zero;
        var to = place.Find("to")?.Duration() ?? TimeSpan.MaxValue;
        var mode = place.Find("mode")?.OneOf([.. Modes.Keys]) ?? "status503";
        if (to <= from)
        {
            place.Fail("to is not after from: allowed is a later one");
        }

        return new Outage(from, to, Modes[mode]);
    }
}

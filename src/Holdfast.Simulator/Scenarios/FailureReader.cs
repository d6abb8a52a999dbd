using System.Globalization;
using System.Text.Json;

namespace Holdfast.Simulator.Scenarios;

/// <summary>Reads failures: each a share, or an object with the share and what else that kind takes.</summary>
internal static class FailureReader
{
    private static readonly Dictionary<string, (FailureKind Kind, string[] Keys)> Kinds = new()
    {
        ["quota"] = (FailureKind.Quota, []),
        ["html502"] = (FailureKind.Html502, []),
        ["html200"] = (FailureKind.Html200, []),
        ["silent"] = (FailureKind.Silent, []),
        ["silentAfterHeaders"] = (FailureKind.SilentAfterHeaders, []),
        ["refuse"] = (FailureKind.Refuse, []),
        ["cutAfter"] = (FailureKind.CutAfter, ["chunks", "how", "cleanEnd"]),
        ["stallAfter"] = (FailureKind.StallAfter, ["chunks"]),
        ["pingsOnly"] = (FailureKind.PingsOnly, ["intervalMs"]),
        ["errorIn200"] = (FailureKind.ErrorIn200, ["status"]),
        ["errorMidStream"] = (FailureKind.ErrorMidStream, ["chunks", "status"]),
        ["badChunk"] = (FailureKind.BadChunk, ["chunks"]),
        ["emptyChoices"] = (FailureKind.EmptyChoices, []),
        ["doneOnly"] = (FailureKind.DoneOnly, []),
        ["noDone"] = (FailureKind.NoDone, []),
        ["slow"] = (FailureKind.Slow, ["firstTokenMs"]),
    };

    private static readonly string[] Suggested =
        ["status400", "status401", "status404", "status408", "status429", "status500", "status502", "status503",
            "status529", .. Kinds.Keys];

    private static readonly string[] StatusKeys = ["retryAfter", "retryAfterMs", "retryAfterDate", "shouldRetry"];

    public static List<Failure> ReadAll(JsonPlace place)
    {
        if (!place.ExpectObject(Suggested, "failure", key => StatusOf(key) > 0))
        {
            return [];
        }

        var failures = place.Children().Select(Read).OfType<Failure>().ToList();
        var sum = failures.Sum(failure => failure.Share);
        if (sum > 1 + 1e-9)
        {
            place.Fail(string.Create(CultureInfo.InvariantCulture,
                $"the shares add up to {sum:0.####}: allowed is 0 to 1"));
        }

        return failures;
    }

    private static int StatusOf(string key) =>
        key.Length == 9 && key.StartsWith("status", StringComparison.Ordinal)
        && int.TryParse(key.AsSpan(6), NumberStyles.None, CultureInfo.InvariantCulture, out var status)
        && status is >= 400 and <= 599 ? status : 0;

    private static Failure? Read(JsonPlace place)
    {
        var status = StatusOf(place.Key);
        if (status == 0 && !Kinds.ContainsKey(place.Key))
        {
            return null;
        }

        var (kind, keys) = status > 0 ? (FailureKind.Status, StatusKeys) : Kinds[place.Key];
        var failure = new Failure { Kind = kind, Share = 0, Status = status > 0 ? status : 503 };
        if (place.Value.ValueKind != JsonValueKind.Object)
        {
            return failure with { Share = place.Number(0, 1, 0) };
        }

        return place.ExpectObject(["share", .. keys]) ? Detailed(place, failure) : failure;
    }

    private static Failure Detailed(JsonPlace place, Failure failure)
    {
        var (delay, form) = Delay(place);
        var how = place.Find("how")?.OneOf("fin", "rst", "clean");
        var clean = place.Find("cleanEnd")?.Flag(false) ?? false;
        return failure with
        {
            Share = place.Find("share")?.Number(0, 1, 0) ?? 1,
            Status = place.Find("status")?.Whole(400, 599, failure.Status) ?? failure.Status,
            RetryAfter = delay,
            RetryAfterForm = form,
            ShouldRetry = place.Find("shouldRetry")?.Flag(false),
            Chunks = place.Find("chunks")?.Counts(0, 100_000, failure.Chunks) ?? failure.Chunks,
            How = clean || how == "clean" ? CutHow.Clean : how == "rst" ? CutHow.Rst : CutHow.Fin,
            FirstToken = place.Find("firstTokenMs") is { } first
                ? BehaviourReader.Latency(first) : failure.FirstToken,
            Interval = place.Find("intervalMs") is { } interval
                ? TimeSpan.FromMilliseconds(interval.Number(1, 1e9, 1000)) : failure.Interval,
        };
    }

    private static (TimeSpan? Delay, RetryAfterForm Form) Delay(JsonPlace place)
    {
        (string Key, RetryAfterForm Form, double UnitMs)[] forms =
        [
            ("retryAfter", RetryAfterForm.Seconds, 1000),
            ("retryAfterMs", RetryAfterForm.Milliseconds, 1),
            ("retryAfterDate", RetryAfterForm.Date, 1000),
        ];
        var given = forms.Where(form => place.Find(form.Key) is not null).ToList();
        if (given.Count > 1)
        {
            place.Fail("retryAfter, retryAfterMs and retryAfterDate: allowed is one of them");
        }

        return given.Count == 0
            ? (null, RetryAfterForm.Seconds)
            : (TimeSpan.FromMilliseconds(place.Find(given[0].Key)!.Number(0, 1e9, 0) * given[0].UnitMs), given[0].Form);
    }
}

using System.Text.RegularExpressions;

namespace Holdfast.Gateway.Configuration;

/// <summary>How places, keys and values are written in messages: short, on one line, and never a secret.</summary>
internal static partial class Wording
{
    private const int LongestValue = 60;

    // Longer than any name that a call can ask for, so that no two of those have one place.
    private const int LongestKey = 512;
    private const int MostNames = 40;

    /// <summary>
    /// Keys whose values are secrets, wherever they stand and however deep below them. Addresses are here that carry
    /// a secret in themselves (webhooks, connection strings).
    /// </summary>
    private static readonly HashSet<string> SecretKeys =
    [
        "apiKey", "apiKeys", "adminKey", "metricsKey", "webhookSecret", "webhookUrl", "connection", "replicas",
        "headers",
    ];

    /// <summary>The keys that hold secrets, for whoever must treat them so.</summary>
    public static IReadOnlyCollection<string> Secrets => SecretKeys;

    public static bool IsSecret(string key) => SecretKeys.Contains(key);

    public static string Quote(string text) => $"'{ShortLine(text)}'";

    /// <summary>
    /// The place of a key; odd names are put in brackets, so that a dot in a model's name misleads nobody.
    /// </summary>
    public static string Place(string parent, string key)
    {
        if (!PlainKey().IsMatch(key))
            return $"{parent}[\"{OneLine(key, LongestKey)}\"]";
        return parent.Length == 0 ? key : $"{parent}.{key}";
    }

    /// <summary>A place for people to read, its long keys cut.</summary>
    public static string Short(string place) =>
        LongKey().Replace(place, key => $"[\"{ShortLine(key.Groups[1].Value)}\"]");

    public static string Place(string parent, int index) => $"{parent}[{index}]";

    public static string List(IEnumerable<string> names)
    {
        var shown = names.Take(MostNames + 1).Select(ShortLine).ToList();
        return string.Join(", ", shown.Take(MostNames)) + (shown.Count > MostNames ? " and more" : "");
    }

    /// <summary>Put between a message and what is allowed; empty when nothing is near.</summary>
    public static string DidYouMean(string written, IEnumerable<string> names) =>
        NearestName.Find(written, names) is { } nearest ? $"; did you mean '{nearest}'?" : "";

    private static string ShortLine(string text) => OneLine(text, LongestValue);

    private static string OneLine(string text, int longest)
    {
        var cut = text.Length > longest ? text[..longest] + "…" : text;
        return string.Concat(cut.Select(letter => char.IsControl(letter) ? '?' : letter));
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,60}\z")]
    private static partial Regex PlainKey();

    [GeneratedRegex(@"\[""([^""]{61,})""\]")]
    private static partial Regex LongKey();
}

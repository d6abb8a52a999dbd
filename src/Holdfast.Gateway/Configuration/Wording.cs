using System.Text.RegularExpressions;

namespace Holdfast.Gateway.Configuration;

/// <summary>How places, keys and values are written in messages: short, on one line, and never a secret.</summary>
internal static partial class Wording
{
    private const int LongestValue = 60;
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

    public static string Quote(string text) => $"'{OneLine(text)}'";

    /// <summary>
    /// The place of a key; odd names are put in brackets, so that a dot in a model's name misleads nobody.
    /// </summary>
    public static string Place(string parent, string key)
    {
        if (!PlainKey().IsMatch(key))
            return $"{parent}[\"{OneLine(key)}\"]";
        return parent.Length == 0 ? key : $"{parent}.{key}";
    }

    public static string Place(string parent, int index) => $"{parent}[{index}]";

    public static string List(IEnumerable<string> names)
    {
        var shown = names.Take(MostNames + 1).Select(OneLine).ToList();
        return string.Join(", ", shown.Take(MostNames)) + (shown.Count > MostNames ? " and more" : "");
    }

    /// <summary>Put between a message and what is allowed; empty when nothing is near.</summary>
    public static string DidYouMean(string written, IEnumerable<string> names) =>
        NearestName.Find(written, names) is { } nearest ? $"; did you mean '{nearest}'?" : "";

    private static string OneLine(string text)
    {
        var cut = text.Length > LongestValue ? text[..LongestValue] + "…" : text;
        return string.Concat(cut.Select(letter => char.IsControl(letter) ? '?' : letter));
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,60}\z")]
    private static partial Regex PlainKey();
}

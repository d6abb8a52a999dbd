using System.Globalization;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.OpenAiApi;

/// <summary>What a caller may ask for this one call, in <c>x-holdfast-*</c> headers.</summary>
/// <param name="Timeout"><c>x-holdfast-timeout-ms</c>: shortens the call; null when absent.</param>
/// <param name="Strategy"><c>x-holdfast-strategy</c>: instead of the route's; null when absent.</param>
internal readonly record struct CallerWishes(TimeSpan? Timeout, FailoverStrategy? Strategy)
{
    private const string TimeoutHeader = "x-holdfast-timeout-ms";
    private const string StrategyHeader = "x-holdfast-strategy";

    /// <summary>What a strategy's word may be.</summary>
    public static string Strategies { get; } =
        "one of " + string.Join(", ", Enum.GetNames<FailoverStrategy>()).ToLowerInvariant();

    /// <summary>Null, or which header is wrong and what it may say.</summary>
    public static CallError? TryRead(IHeaderDictionary headers, out CallerWishes wishes)
    {
        wishes = default;
        var timeout = headers[TimeoutHeader];
        var milliseconds = 0;
        if (timeout.Count > 0 && (timeout is not [{ } text]
            || !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out milliseconds)
            || milliseconds < 1))
        {
            return Wrong(TimeoutHeader, $"must be a whole number of milliseconds, 1 to {int.MaxValue}");
        }

        var strategy = headers[StrategyHeader];
        var chosen = default(FailoverStrategy);
        if (strategy.Count > 0 && (strategy is not [{ } word] || !IsStrategy(word, out chosen)))
        {
            return Wrong(StrategyHeader, $"must be {Strategies}");
        }

        wishes = new CallerWishes(
            timeout.Count > 0 ? TimeSpan.FromMilliseconds(milliseconds) : null, strategy.Count > 0 ? chosen : null);
        return null;
    }

    // Numbers would parse as well, and so would lists.
    public static bool IsStrategy(string word, out FailoverStrategy strategy) =>
        Enum.TryParse(word, ignoreCase: true, out strategy) && word.All(char.IsAsciiLetter);

    private static CallError Wrong(string header, string what) =>
        CallError.Invalid("invalid_value", $"{header}: {what}", header);
}

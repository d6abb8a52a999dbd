using System.Globalization;
using Holdfast.Admission;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.OpenAiApi;

/// <summary>What a caller may ask for this one call, in <c>x-holdfast-*</c> headers.</summary>
/// <param name="Timeout"><c>x-holdfast-timeout-ms</c>: shortens the call; null when absent.</param>
/// <param name="Strategy"><c>x-holdfast-strategy</c>: instead of the route's; null when absent.</param>
/// <param name="Priority"><c>x-holdfast-priority</c>: 0 to 9, lower first; null when absent.</param>
internal readonly record struct CallerWishes(TimeSpan? Timeout, FailoverStrategy? Strategy, int? Priority)
{
    private const string TimeoutHeader = "x-holdfast-timeout-ms";
    private const string StrategyHeader = "x-holdfast-strategy";
    private const string PriorityHeader = "x-holdfast-priority";

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

        var priority = headers[PriorityHeader];
        var urgency = AdmissionPriority.Normal;
        if (priority.Count > 0 && (priority is not [{ } urgent] || !IsPriority(urgent, out urgency)))
        {
            return Wrong(PriorityHeader, "must be high, normal, low or a digit from 0 (first) to 9");
        }

        wishes = new CallerWishes(
            timeout.Count > 0 ? TimeSpan.FromMilliseconds(milliseconds) : null, strategy.Count > 0 ? chosen : null,
            priority.Count > 0 ? urgency : null);
        return null;
    }

    private static bool IsPriority(string word, out int priority)
    {
        priority = word.ToLowerInvariant() switch
        {
            "high" => AdmissionPriority.High,
            "normal" => AdmissionPriority.Normal,
            "low" => AdmissionPriority.Low,
            [>= '0' and <= '9' and var digit] => digit - '0',
            _ => -1,
        };
        return priority >= 0;
    }

    // Numbers would parse as well, and so would lists.
    public static bool IsStrategy(string word, out FailoverStrategy strategy) =>
        Enum.TryParse(word, ignoreCase: true, out strategy) && word.All(char.IsAsciiLetter);

    private static CallError Wrong(string header, string what) =>
        CallError.Invalid("invalid_value", $"{header}: {what}", header);
}

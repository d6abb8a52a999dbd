using Holdfast.Failover;
using Holdfast.Health;

namespace Holdfast.Gateway.Health;

/// <summary>Statuses and errors of health in the words of answers, logs and metrics.</summary>
internal static class HealthWords
{
    private static readonly Dictionary<string, ErrorCategory> Categories = Enum.GetValues<Outcome>()
        .ToDictionary(outcome => outcome.Word(), outcome => outcome.Rule().Category, StringComparer.Ordinal);

    /// <summary><c>available</c>, <c>degraded</c>, <c>unavailable</c> or <c>maintenance</c>.</summary>
    public static string Word(this HealthStatus status) => status switch
    {
        HealthStatus.Available => "available",
        HealthStatus.Degraded => "degraded",
        HealthStatus.Unavailable => "unavailable",
        _ => "maintenance",
    };

    /// <summary>
    /// The category of what <see cref="ModelHealth.LastError"/> says, as <c>TIMEOUT_ERROR</c>: an outcome's word, with
    /// or without more behind it, or that a check had no answer in time.
    /// </summary>
    public static string CategoryOf(string error) =>
        (Categories.TryGetValue(error.Split(':')[0], out var category) ? category : ErrorCategory.Timeout).Code();
}

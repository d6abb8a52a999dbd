using Holdfast.Modes;

namespace Holdfast.Gateway.Modes;

/// <summary>Modes and severities in the words of answers, the log and the command line.</summary>
internal static class ModeWords
{
    /// <summary><c>NORMAL</c>, <c>DEGRADED</c> or <c>EMERGENCY</c>.</summary>
    public static string Word(this OperationMode mode) => mode switch
    {
        OperationMode.Normal => "NORMAL",
        OperationMode.Degraded => "DEGRADED",
        _ => "EMERGENCY",
    };

    /// <summary><c>low</c>, <c>medium</c>, <c>high</c> or <c>critical</c>.</summary>
    public static string Word(this ModeSeverity severity) => severity switch
    {
        ModeSeverity.Low => "low",
        ModeSeverity.Medium => "medium",
        ModeSeverity.High => "high",
        _ => "critical",
    };

    /// <summary>Null when it is none; upper and lower case are the same.</summary>
    public static OperationMode? ModeOf(string word) => word.ToUpperInvariant() switch
    {
        "NORMAL" => OperationMode.Normal,
        "DEGRADED" => OperationMode.Degraded,
        "EMERGENCY" => OperationMode.Emergency,
        _ => null,
    };

    /// <summary>Null when it is none; upper and lower case are the same.</summary>
    public static ModeSeverity? SeverityOf(string word) => word.ToUpperInvariant() switch
    {
        "LOW" => ModeSeverity.Low,
        "MEDIUM" => ModeSeverity.Medium,
        "HIGH" => ModeSeverity.High,
        "CRITICAL" => ModeSeverity.Critical,
        _ => null,
    };
}

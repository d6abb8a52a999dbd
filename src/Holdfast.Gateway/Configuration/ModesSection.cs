using Holdfast.Gateway.Modes;

namespace Holdfast.Gateway.Configuration;

/// <summary>Reads <c>modes</c>.</summary>
internal static class ModesSection
{
    public static OperationModeOptions Read(SectionReader section)
    {
        var standard = new OperationModeOptions();
        var read = new OperationModeOptions
        {
            Automatic = section.Flag("automatic", standard.Automatic),
            HighForEmergency = section.Integer("highForEmergency", standard.HighForEmergency, 0, 10_000),
            DegradedReserve = section.Number("degradedReserve", standard.DegradedReserve, 0, 1),
            HistorySize = section.Integer("historySize", standard.HistorySize, 1, 100_000),
        };
        section.Done();
        return read;
    }
}

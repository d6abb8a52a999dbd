using System.Globalization;

namespace Holdfast.Bench;

/// <summary>A figure of a run and the limit that it has to hold.</summary>
/// <param name="What">What it is.</param>
/// <param name="Is">The figure.</param>
/// <param name="Limit">The limit.</param>
/// <param name="AtLeast">The figure must not be less; false: not more.</param>
/// <param name="Unit">What both are counted in; empty for shares and numbers.</param>
/// <param name="Format">How both are written.</param>
internal sealed record Finding(
    string What, double Is, double Limit, bool AtLeast, string Unit = "", string Format = "0.##")
{
    // What is no number holds nothing.
    public bool Holds => AtLeast ? Is >= Limit : Is <= Limit;

    /// <summary>Writes all as a table.</summary>
    /// <returns>Whether all hold.</returns>
    public static bool Print(IEnumerable<Finding> findings, TextWriter output)
    {
        output.WriteLine("| | is | must be | holds |\n|---|---:|---:|---|");
        var held = true;
        foreach (var finding in findings)
        {
            held &= finding.Holds;
            output.WriteLine($"| {finding.What} | {finding.Text(finding.Is)} | {(finding.AtLeast ? "≥" : "≤")} "
                + $"{finding.Text(finding.Limit)} | {(finding.Holds ? "yes" : "**no**")} |");
        }

        return held;
    }

    private string Text(double value) =>
        $"{value.ToString(Format, CultureInfo.InvariantCulture)} {Unit}".TrimEnd();
}

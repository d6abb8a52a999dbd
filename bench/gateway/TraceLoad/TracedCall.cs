using System.Globalization;

namespace Holdfast.Bench.TraceLoad;

/// <summary>A call that somebody's users once made, as the trace tells of it.</summary>
/// <param name="At">When, in seconds from the first.</param>
/// <param name="ContextTokens">The prompt's length.</param>
/// <param name="GeneratedTokens">The answer's length.</param>
internal sealed record TracedCall(double At, int ContextTokens, int GeneratedTokens)
{
    /// <summary>Reads <c>TIMESTAMP,ContextTokens,GeneratedTokens</c> below a heading, in their order.</summary>
    /// <param name="lines">The lines.</param>
    public static IReadOnlyList<TracedCall> Read(IEnumerable<string> lines)
    {
        var rows = lines.Skip(1).Where(line => line.Length > 0).Select(line => line.Split(',')).Select(fields =>
            (At: DateTimeOffset.Parse(fields[0], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal),
            Context: int.Parse(fields[1], CultureInfo.InvariantCulture),
            Generated: int.Parse(fields[2], CultureInfo.InvariantCulture))).ToList();
        return [.. rows.Select(row => new TracedCall((row.At - rows[0].At).TotalSeconds, row.Context, row.Generated))];
    }
}

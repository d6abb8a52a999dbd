using System.Globalization;
using System.Text;

namespace Holdfast.Bench;

/// <summary>A line of a panel: one value for each step of time; a step without one (NaN) is left out.</summary>
internal sealed record ChartLine(string Name, string Color, double[] Values);

/// <summary>What stands out from the time: a span that is shaded, and moments with a word.</summary>
internal sealed record ChartTimes(double ShadedFrom, double ShadedUntil)
{
    public IReadOnlyList<(double At, string Word)> Moments { get; init; } = [];
}

/// <summary>Panels of lines over one time, below each other, as an SVG.</summary>
/// <param name="description">What is to be seen, for those who don't see it.</param>
/// <param name="end">The end of the time.</param>
/// <param name="step">The length of a line's step.</param>
/// <param name="tick">From one label of the time to the next.</param>
/// <param name="unit">What the time is counted in.</param>
/// <param name="times">What stands out.</param>
internal sealed class Chart(string description, double end, double step, double tick, string unit, ChartTimes times)
{
    private const int Width = 860;
    private const int Height = 220;
    private const int Left = 60;
    private const int Gap = 60;

    private readonly StringBuilder _panels = new();
    private int _top;

    /// <summary>Adds a panel below the others.</summary>
    /// <param name="title">Its title.</param>
    /// <param name="lines">Its lines.</param>
    /// <param name="level">A level with a name, drawn across.</param>
    /// <param name="format">How values are written.</param>
    public void Panel(
        string title, IReadOnlyList<ChartLine> lines, (string Name, double Value)? level = null, string format = "0")
    {
        _top += Gap;
        var most = 1.1 * lines.SelectMany(line => line.Values).Where(double.IsFinite)
            .Append(level?.Value ?? 0).Append(1e-9).Max();
        Add($"<text x=\"{Left}\" y=\"{_top - 10}\" font-weight=\"bold\">{title}</text>");
        Add($"<rect x=\"{N(X(times.ShadedFrom))}\" y=\"{_top}\" "
            + $"width=\"{N(X(times.ShadedUntil) - X(times.ShadedFrom))}\" height=\"{Height}\" fill=\"#f4ead2\"/>");
        DrawScale(most, format);
        foreach (var (at, word) in times.Moments)
        {
            Add($"<line x1=\"{N(X(at))}\" x2=\"{N(X(at))}\" y1=\"{_top}\" y2=\"{_top + Height}\" stroke=\"black\" "
                + "stroke-dasharray=\"2 4\"/>");
            Add($"<text x=\"{N(X(at) - 4)}\" y=\"{_top + 14}\" text-anchor=\"end\">{word}</text>");
        }

        if (level is { } across)
        {
            Add($"<line x1=\"{Left}\" x2=\"{Left + Width}\" y1=\"{N(Y(across.Value, most))}\" "
                + $"y2=\"{N(Y(across.Value, most))}\" stroke=\"black\" stroke-dasharray=\"5 4\"/>");
            Add($"<text x=\"{Left + Width + 8}\" y=\"{N(Y(across.Value, most) + 4)}\">{across.Name}</text>");
        }

        foreach (var (number, line) in lines.Index())
        {
            DrawLine(line, number, most);
        }

        _top += Height;
    }

    public string Draw() =>
        $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Left + Width + 150} {_top + Gap}\" role=\"img\" "
        + $"aria-label=\"{description}\" font-family=\"sans-serif\" font-size=\"13\">\n"
        + $"<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{_panels}</svg>\n";

    private void DrawScale(double most, string format)
    {
        for (var mark = 0; mark <= 4; mark++)
        {
            var value = most * mark / 4;
            Add($"<line x1=\"{Left}\" x2=\"{Left + Width}\" y1=\"{N(Y(value, most))}\" y2=\"{N(Y(value, most))}\" "
                + "stroke=\"#dddddd\"/>");
            Add($"<text x=\"{Left - 8}\" y=\"{N(Y(value, most) + 4)}\" text-anchor=\"end\">"
                + $"{value.ToString(format, CultureInfo.InvariantCulture)}</text>");
        }

        for (var at = 0.0; at <= end; at += tick)
        {
            Add($"<text x=\"{N(X(at))}\" y=\"{_top + Height + 18}\" text-anchor=\"middle\">{N(at)} {unit}</text>");
        }
    }

    private void DrawLine(ChartLine line, int number, double most)
    {
        var points = line.Values.Index().Where(point => double.IsFinite(point.Item))
            .Select(point => $"{N(X(Math.Min(end, (point.Index + 0.5) * step)))},{N(Y(point.Item, most))}");
        Add($"<polyline fill=\"none\" stroke=\"{line.Color}\" stroke-width=\"1.8\" "
            + $"points=\"{string.Join(' ', points)}\"/>");
        Add($"<text x=\"{Left + Width + 8}\" y=\"{_top + 16 + (18 * number)}\" fill=\"{line.Color}\">"
            + $"{line.Name}</text>");
    }

    private double X(double at) => Left + (at / end * Width);

    private double Y(double value, double most) => _top + Height - (value / most * Height);

    private void Add(string line) => _panels.Append(line).Append('\n');

    private static string N(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}

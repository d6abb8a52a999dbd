using System.Globalization;
using System.Text;

namespace Holdfast.Bench.OverloadLoad;

/// <summary>The run as an SVG: what was asked, answered and refused each second, and how long answers took.</summary>
internal sealed class Plot(Phases phases, IReadOnlyList<Call> calls)
{
    private const int Width = 860;
    private const int Height = 220;
    private const int Left = 60;
    private const int Gap = 60;

    private readonly StringBuilder _svg = new();

    public string Draw()
    {
        var seconds = (int)Math.Ceiling(phases.End);
        double[] Each(Func<Call, bool> which, Func<Call, double> when) =>
            [.. Enumerable.Range(0, seconds).Select(second =>
                (double)calls.Count(call => which(call) && (int)when(call) == second))];
        double[] Times(string priority) => [.. Enumerable.Range(0, seconds).Select(second => 1000 * Findings.Percentile(
            [.. calls.Where(call => call.IsGood && call.Priority == priority && (int)call.At == second)
                .Select(call => call.Took)], 0.99))];

        Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width + 170} {(2 * Height) + (3 * Gap)}\" "
            + "font-family=\"sans-serif\" font-size=\"13\">");
        Add("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>");
        Panel(Gap, "calls per second", [
            ("asked", "#888888", Each(_ => true, call => call.At)),
            ("answered", "#1b7837", Each(call => call.IsGood, call => call.EndedAt)),
            ("refused", "#b2182b", Each(call => call.IsRefused, call => call.EndedAt)),
        ], phases.Capacity);
        Panel((2 * Gap) + Height, "p99 until answered, ms", [
            ("high priority", "#2166ac", Times("high")),
            ("normal", "#e08214", Times("normal")),
            ("low", "#999999", Times("low")),
        ], null);
        Add("</svg>");
        return _svg.ToString();
    }

    private void Panel(int top, string title, (string Name, string Color, double[] Values)[] lines, double? capacity)
    {
        var most = Math.Max(1, lines.Max(line => line.Values.Max()) * 1.1);
        double X(double second) => Left + (second / phases.End * Width);
        double Y(double value) => top + Height - (value / most * Height);

        Add($"<text x=\"{Left}\" y=\"{top - 10}\" font-weight=\"bold\">{title}</text>");
        Add($"<rect x=\"{N(X(phases.OverloadFrom))}\" y=\"{top}\" width=\"{N(X(phases.OverloadSeconds) - Left)}\" "
            + $"height=\"{Height}\" fill=\"#f4ead2\"/>");
        for (var tick = 0; tick <= 4; tick++)
        {
            var value = most * tick / 4;
            Add($"<line x1=\"{Left}\" x2=\"{Left + Width}\" y1=\"{N(Y(value))}\" y2=\"{N(Y(value))}\" "
                + "stroke=\"#dddddd\"/>");
            Add($"<text x=\"{Left - 8}\" y=\"{N(Y(value) + 4)}\" text-anchor=\"end\">{value:0}</text>");
        }

        for (var second = 0; second <= phases.End; second += 10)
        {
            Add($"<text x=\"{N(X(second))}\" y=\"{top + Height + 18}\" text-anchor=\"middle\">{second} s</text>");
        }

        if (capacity is { } limit)
        {
            Add($"<line x1=\"{Left}\" x2=\"{Left + Width}\" y1=\"{N(Y(limit))}\" y2=\"{N(Y(limit))}\" stroke=\"black\" "
                + "stroke-dasharray=\"5 4\"/>");
            Add($"<text x=\"{Left + Width + 8}\" y=\"{N(Y(limit) + 4)}\">capacity</text>");
        }

        foreach (var ((name, color, values), number) in lines.Select((line, number) => (line, number)))
        {
            var points = values.Select((value, second) => $"{N(X(second + 0.5))},{N(Y(value))}");
            Add($"<polyline fill=\"none\" stroke=\"{color}\" stroke-width=\"1.8\" "
                + $"points=\"{string.Join(' ', points)}\"/>");
            Add($"<text x=\"{Left + Width + 8}\" y=\"{top + 16 + (18 * number)}\" fill=\"{color}\">{name}</text>");
        }
    }

    private void Add(FormattableString line) => _svg.AppendLine(line.ToString(CultureInfo.InvariantCulture));

    private void Add(string line) => _svg.AppendLine(line);

    private static string N(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}

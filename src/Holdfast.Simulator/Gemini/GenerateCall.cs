namespace Holdfast.Simulator.Gemini;

/// <summary>What the path of a call to Google says: <c>…/models/NAME:generateContent</c>.</summary>
/// <param name="Model">The name.</param>
/// <param name="Stream">Whether the answer comes in pieces.</param>
internal sealed record GenerateCall(string Model, bool Stream)
{
    private const string Plain = ":generateContent";
    private const string Streamed = ":streamGenerateContent";

    /// <summary>Null where the path is of no such call.</summary>
    public static GenerateCall? Find(string path)
    {
        var folder = path.LastIndexOf('/');
        var method = path.IndexOf(':', folder + 1);
        if (method < 0 || !path.AsSpan(0, folder + 1).EndsWith("/models/", StringComparison.Ordinal))
        {
            return null;
        }

        var model = Uri.UnescapeDataString(path[(folder + 1)..method]);
        return path[method..] switch
        {
            Plain when model.Length > 0 => new GenerateCall(model, false),
            Streamed when model.Length > 0 => new GenerateCall(model, true),
            _ => null,
        };
    }
}

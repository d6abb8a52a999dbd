namespace Holdfast.Simulator.Bedrock;

/// <summary>What the path of a call to Bedrock says: <c>/model/NAME/converse</c>.</summary>
/// <param name="Model">The name, without escapes.</param>
/// <param name="Stream">Whether the answer comes in pieces.</param>
internal sealed record ConverseCall(string Model, bool Stream)
{
    private const string Folder = "/model/";
    private const string Plain = "/converse";
    private const string Streamed = "/converse-stream";

    /// <summary>Null where the path is of no such call.</summary>
    /// <param name="path">As it came over the wire: the slashes of a name are escaped there.</param>
    public static ConverseCall? Find(string path)
    {
        var stream = path.EndsWith(Streamed, StringComparison.Ordinal);
        var end = stream ? Streamed : Plain;
        var begin = path.IndexOf(Folder, StringComparison.Ordinal);
        if (begin < 0 || !path.EndsWith(end, StringComparison.Ordinal))
        {
            return null;
        }

        var name = path[(begin + Folder.Length)..^end.Length];
        return name.Length == 0 || name.Contains('/') ? null : new ConverseCall(Uri.UnescapeDataString(name), stream);
    }
}

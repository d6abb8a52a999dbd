namespace Holdfast.Simulator.Gemini;

/// <summary>What the path of a call to Google says: <c>…/models/NAME:generateContent</c>.</summary>
/// <param name="Model">The name.</param>
/// <param name="Stream">Whether the answer comes in pieces.</param>
/// <param name="Asks">For what.</param>
internal sealed record GenerateCall(string Model, bool Stream, GenerateCall.Wish Asks = GenerateCall.Wish.Content)
{
    private const string Plain = ":generateContent";
    private const string Streamed = ":streamGenerateContent";
    private const string Batch = ":batchEmbedContents";
    private const string Prediction = ":predict";

    internal enum Wish
    {
        Content,
        Embeddings,

        /// <summary>Vectors, in Vertex's way.</summary>
        Predictions,
    }

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
            _ when model.Length == 0 => null,
            Plain => new GenerateCall(model, false),
            Streamed => new GenerateCall(model, true),
            Batch => new GenerateCall(model, false, Wish.Embeddings),
            Prediction => new GenerateCall(model, false, Wish.Predictions),
            _ => null,
        };
    }
}

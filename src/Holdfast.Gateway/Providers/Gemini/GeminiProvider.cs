using System.Buffers;
using System.Net.Http.Headers;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Providers.Gemini;

/// <summary>
/// Gemini's <c>generateContent</c>, Google's own and Vertex's, for callers that speak OpenAI's chat completions, and
/// its embeddings.
/// </summary>
internal sealed class GeminiProvider(ProviderOptions options, ProviderType type, Uri baseUrl) : IProvider
{
    // Before a name of Google's own, here and at its other addresses; the path has it already.
    private static readonly string[] OwnModels = ["publishers/google/models/", "models/", "google/"];

    // Models that a user has tuned lie beside Google's: at Google itself, and at Vertex.
    private static readonly string[] TunedModels = ["tunedModels/", "endpoints/"];

    private readonly string _root = baseUrl.AbsoluteUri.TrimEnd('/');

    // The two have different APIs for vectors, and only Vertex has publishers.
    private bool IsVertex => type.ModelPath.StartsWith("/publishers/", StringComparison.Ordinal);

    public Uri? ModelsUrl => type.ListsModels ? new Uri(_root + "/models") : null;

    public StreamFormat Streams => StreamFormat.ServerSentEvents;

    public Uri UrlFor(CallRequest call, string model) => new(_root + PathOf(model) + call.Operation switch
    {
        Operation.Embeddings => IsVertex ? ":predict" : ":batchEmbedContents",
        _ => call.Stream ? ":streamGenerateContent?alt=sse" : ":generateContent",
    });

    public void WriteHeaders(CallRequest call, HttpRequestHeaders headers)
    {
    }

    public void WriteBody(CallRequest call, string model, IBufferWriter<byte> output)
    {
        RequireOpenAi(call);
        if (call.Operation == Operation.Embeddings)
        {
            GeminiEmbeddings.Write(call, BareName(model), IsVertex, options.DropUnsupported, output);
        }
        else
        {
            GeminiRequest.Write(call, model, options, output);
        }
    }

    public PlainAnswer ReadAnswer(in AnswerContext context, ReadOnlyMemory<byte> body, PooledBuffer output)
    {
        RequireOpenAi(context.Call);
        return context.Call.Operation == Operation.Embeddings
            ? GeminiEmbeddings.Read(context, body.Span, output)
            : GeminiAnswer.Read(context, body.Span, output);
    }

    public IStreamReader OpenStream(in AnswerContext context)
    {
        RequireOpenAi(context.Call);
        return new GeminiStreamReader(context);
    }

    public ProviderFault ReadError(int status, ReadOnlySpan<byte> body) =>
        GeminiErrors.Read(status, body, type);

    /// <summary>
    /// The name comes from a caller, so it is one segment of the path, whatever stands in it; only the folders that
    /// Google's own names begin with stay folders.
    /// </summary>
    private string PathOf(string model)
    {
        foreach (var folder in TunedModels)
        {
            if (model.StartsWith(folder, StringComparison.Ordinal))
            {
                return "/" + folder + Uri.EscapeDataString(model[folder.Length..]);
            }
        }

        return type.ModelPath + Uri.EscapeDataString(BareName(model));
    }

    private static string BareName(string model)
    {
        var own = Array.Find(OwnModels, folder => model.StartsWith(folder, StringComparison.Ordinal)) ?? "";
        return model[own.Length..];
    }

    private static void RequireOpenAi(CallRequest call)
    {
        if (call.Dialect != Dialect.OpenAi)
        {
            throw new NotSupportedException($"Calls in the dialect {call.Dialect} are not translated here.");
        }
    }
}

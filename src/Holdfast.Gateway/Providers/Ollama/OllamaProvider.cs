using System.Buffers;
using System.Net.Http.Headers;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Providers.Ollama;

/// <summary>Ollama's own chat, for callers that speak OpenAI's chat completions.</summary>
internal sealed class OllamaProvider : IProvider
{
    private readonly ProviderOptions _options;
    private readonly Uri _chat;

    public OllamaProvider(ProviderOptions options, Uri baseUrl)
    {
        _options = options;

        // Some tools want the address with this part, some without it.
        var root = baseUrl.AbsoluteUri.TrimEnd('/');
        root = root.EndsWith("/api", StringComparison.Ordinal) ? root : root + "/api";
        _chat = new Uri(root + "/chat");
        ModelsUrl = new Uri(root + "/tags");
    }

    public Uri? ModelsUrl { get; }

    public StreamFormat Streams => StreamFormat.Lines;

    public Uri UrlFor(CallRequest call, string model) => _chat;

    public void WriteHeaders(CallRequest call, HttpRequestHeaders headers)
    {
    }

    public void WriteBody(CallRequest call, string model, IBufferWriter<byte> output)
    {
        RequireOpenAi(call);
        OllamaRequest.Write(call, model, _options, output);
    }

    public PlainAnswer ReadAnswer(in AnswerContext context, ReadOnlyMemory<byte> body, PooledBuffer output)
    {
        RequireOpenAi(context.Call);
        return OllamaAnswer.Read(context, body.Span, output);
    }

    public IStreamReader OpenStream(in AnswerContext context)
    {
        RequireOpenAi(context.Call);
        return new OllamaStreamReader(context);
    }

    public ProviderFault ReadError(int status, ReadOnlySpan<byte> body) => OllamaErrors.Read(status, body);

    private static void RequireOpenAi(CallRequest call)
    {
        if (call.Dialect != Dialect.OpenAi)
        {
            throw new NotSupportedException($"Calls in the dialect {call.Dialect} are not translated here.");
        }
    }
}

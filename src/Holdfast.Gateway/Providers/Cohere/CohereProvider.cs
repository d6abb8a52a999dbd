using System.Buffers;
using System.Net.Http.Headers;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Providers.Cohere;

/// <summary>Cohere's chat, version 2, for callers that speak OpenAI's chat completions.</summary>
internal sealed class CohereProvider(ProviderOptions options, Uri baseUrl) : IProvider
{
    private readonly Uri _chat = new(baseUrl.AbsoluteUri.TrimEnd('/') + "/chat");

    /// <summary>Its list of models belongs to version 1 and lies elsewhere.</summary>
    public Uri? ModelsUrl => null;

    public StreamFormat Streams => StreamFormat.ServerSentEvents;

    public Uri UrlFor(CallRequest call, string model) => _chat;

    public void WriteHeaders(CallRequest call, HttpRequestHeaders headers)
    {
    }

    public void WriteBody(CallRequest call, string model, IBufferWriter<byte> output)
    {
        RequireOpenAi(call);
        CohereRequest.Write(call, model, options, output);
    }

    public PlainAnswer ReadAnswer(in AnswerContext context, ReadOnlyMemory<byte> body, PooledBuffer output)
    {
        RequireOpenAi(context.Call);
        return CohereAnswer.Read(context, body.Span, output);
    }

    public IStreamReader OpenStream(in AnswerContext context)
    {
        RequireOpenAi(context.Call);
        return new CohereStreamReader(context);
    }

    public ProviderFault ReadError(int status, ReadOnlySpan<byte> body) => CohereErrors.Read(status, body);

    private static void RequireOpenAi(CallRequest call)
    {
        if (call.Dialect != Dialect.OpenAi)
        {
            throw new NotSupportedException($"Calls in the dialect {call.Dialect} are not translated here.");
        }
    }
}

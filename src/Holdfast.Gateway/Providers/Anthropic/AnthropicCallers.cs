using System.Buffers;
using System.Net.Http.Headers;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>
/// Any provider, for callers that speak Anthropic's Messages API: their requests are translated to the hub's dialect,
/// which every provider takes, and what comes back in it is translated to theirs.
/// </summary>
internal sealed class AnthropicCallers(IProvider inner, ProviderOptions options, ProviderType type) : IProvider
{
    private readonly CallerRequest _requests = new(options.DropUnsupported, type.IsOpenAiItself);

    public Uri? ModelsUrl => inner.ModelsUrl;

    public StreamFormat Streams => inner.Streams;

    public Uri UrlFor(CallRequest call, string model) => inner.UrlFor(InHub(call), model);

    public void WriteHeaders(CallRequest call, HttpRequestHeaders headers) => inner.WriteHeaders(InHub(call), headers);

    public void WriteBody(CallRequest call, string model, IBufferWriter<byte> output)
    {
        var chat = InHub(call);
        try
        {
            inner.WriteBody(chat, model, output);
        }
        catch (UnsupportedFieldException refused)
        {
            throw CallerRequest.Renamed(refused, chat, call);
        }
    }

    public PlainAnswer ReadAnswer(in AnswerContext context, ReadOnlyMemory<byte> body, PooledBuffer output)
    {
        using var translated = new PooledBuffer(256);
        var answer = inner.ReadAnswer(context with { Call = InHub(context.Call) }, body, translated);
        return answer.Fault is null ? CallerAnswer.Read(context, answer, output) : answer;
    }

    public IStreamReader OpenStream(in AnswerContext context) =>
        new RetoldStream(inner.OpenStream(context with { Call = InHub(context.Call) }), new CallerEvents(context));

    public ProviderFault ReadError(int status, ReadOnlySpan<byte> body) => inner.ReadError(status, body);

    private CallRequest InHub(CallRequest call) => call.InHub(_requests.Way, _requests.ToHub);
}

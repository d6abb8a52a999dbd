using System.Buffers;
using System.Net.Http.Headers;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Responses;

/// <summary>
/// A provider without a Responses API, for callers that speak it: their requests become chats in the hub's dialect, and
/// what comes back becomes a response.
/// </summary>
internal sealed class ResponsesCallers(IProvider inner, ProviderOptions options) : IProvider
{
    private readonly ResponsesRequest _requests = new(options.DropUnsupported);

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
            throw ResponsesFields.Renamed(refused, chat, call);
        }
    }

    public PlainAnswer ReadAnswer(in AnswerContext context, ReadOnlyMemory<byte> body, PooledBuffer output)
    {
        var hub = context with { Call = InHub(context.Call) };
        using var translated = new PooledBuffer(256);
        var answer = inner.ReadAnswer(hub, body, translated);
        return answer.Fault is null ? ResponsesAnswer.Read(hub, answer, output) : answer;
    }

    public IStreamReader OpenStream(in AnswerContext context)
    {
        var hub = context with { Call = InHub(context.Call) };
        return new RetoldStream(inner.OpenStream(hub), new ResponsesEvents(hub));
    }

    public ProviderFault ReadError(int status, ReadOnlySpan<byte> body) => inner.ReadError(status, body);

    private CallRequest InHub(CallRequest call) => call.InHub(_requests.Way, _requests.ToHub);
}

using System.Buffers;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Unicode;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Responses;

/// <summary>
/// A provider's Responses API for callers that speak it: bytes go through, but for the model's name and for thoughts
/// that no model of the provider has had.
/// </summary>
internal sealed class ResponsesProvider(IProvider chat, ProviderOptions options, ProviderType type, Uri baseUrl)
    : IProvider
{
    // What a type doesn't take is about its chats; what the configuration says, about all that goes there.
    private readonly RequestFields _fields = new(options.UnsupportedFields, [], options, isForResponses: true);

    private readonly Uri _responses = new(baseUrl.AbsoluteUri.TrimEnd('/') + type.ResponsesPath);

    public Uri? ModelsUrl => chat.ModelsUrl;

    public StreamFormat Streams => StreamFormat.ServerSentEvents;

    public Uri UrlFor(CallRequest call, string model) => _responses;

    public void WriteHeaders(CallRequest call, HttpRequestHeaders headers) => chat.WriteHeaders(call, headers);

    public void WriteBody(CallRequest call, string model, IBufferWriter<byte> output) =>
        // Where the address doesn't name the deployment, the model does.
        ResponsesPassedRequest.Write(call, options.Deployments.GetValueOrDefault(model, model), _fields, output);

    public PlainAnswer ReadAnswer(in AnswerContext context, ReadOnlyMemory<byte> body, PooledBuffer output)
    {
        if (!Utf8.IsValid(body.Span))
        {
            return Bad("the answer is not valid UTF-8");
        }

        using var tape = new JsonTape(body.Length);
        try
        {
            var response = tape.Read(body.Span);
            var usage = ResponseUsage.Read(response.Member("usage"u8));
            var error = response.Member("error"u8);
            if (!error.IsMissing || response.Member("status"u8).Says("failed"u8))
            {
                return new PlainAnswer(default, usage, ResponseErrors.Read(error));
            }

            // One that is filtered, or still to come, may have nothing in it.
            var items = response.Member("output"u8);
            return !items.IsArray || (items.IsEmpty && response.Member("status"u8).Says("completed"u8))
                ? Bad("the answer has no output")
                : new PlainAnswer(body, usage);
        }
        catch (JsonException)
        {
            return Bad("the answer is not JSON");
        }
    }

    public IStreamReader OpenStream(in AnswerContext context) => new ResponsesPassedStream();

    public ProviderFault ReadError(int status, ReadOnlySpan<byte> body) => chat.ReadError(status, body);

    private static PlainAnswer Bad(string message) => new(default, default, ResponseErrors.Bad(message));
}

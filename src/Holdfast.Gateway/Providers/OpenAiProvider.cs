using System.Buffers;
using System.Net.Http.Headers;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Providers;

/// <summary>
/// The hub dialect: OpenAI and everyone compatible with it. Bytes go through; only the model's name and, for streams,
/// the wish for a usage chunk are patched in, so unknown fields of request and answer survive. Fields that are known
/// not to be taken are refused or cut out.
/// </summary>
internal sealed class OpenAiProvider(ProviderOptions options, ProviderType type, Uri baseUrl) : IProvider
{
    /// <summary>Deepest nesting that is read in an answer.</summary>
    internal const int MaxDepth = 128;

    private readonly string _root = baseUrl.AbsoluteUri.TrimEnd('/');
    private readonly Uri[] _addresses =
    [
        .. Enum.GetValues<Operation>().Select(operation =>
            new Uri(baseUrl.AbsoluteUri.TrimEnd('/') + "/" + PathOf(operation))),
    ];

    private readonly RequestFields _forChats = new(
        [.. type.Unsupported, .. options.UnsupportedFields], type.Renamed, options);

    private readonly RequestFields _forVectors = new(
        [.. type.UnsupportedForVectors, .. options.UnsupportedFields], [], options);

    public Uri? ModelsUrl => !type.ListsModels ? null
        : type.Deployments ? new Uri($"{_root}/openai/models?api-version={Version}")
        : new Uri($"{_root}/models");

    private string Version => Uri.EscapeDataString(options.ApiVersion ?? type.DefaultApiVersion ?? "");

    public StreamFormat Streams => StreamFormat.ServerSentEvents;

    public Uri UrlFor(CallRequest call, string model)
    {
        if (!type.Deployments)
        {
            return _addresses[(int)call.Operation];
        }

        var deployment = Uri.EscapeDataString(options.Deployments.GetValueOrDefault(model, model));
        return new Uri(
            $"{_root}/openai/deployments/{deployment}/{PathOf(call.Operation)}?api-version={Version}");
    }

    public void WriteHeaders(CallRequest call, HttpRequestHeaders headers)
    {
        if (call.Headers.OpenAiBeta is { } beta)
        {
            headers.TryAddWithoutValidation("openai-beta", beta);
        }
    }

    public void WriteBody(CallRequest call, string model, IBufferWriter<byte> output)
    {
        var fields = call.Operation == Operation.Embeddings ? _forVectors : _forChats;
        var body = call.Body.Span;
        output.Write(body[..call.ObjectStart]);
        if (call.Stream && !call.HasStreamOptions && !fields.Refuses("stream_options"))
        {
            output.Write("\"stream_options\":{\"include_usage\":true},"u8);
        }

        if (call.ModelValue.Start.Equals(call.ModelValue.End))
        {
            // Left out by the caller; whatever the request asks about follows.
            output.Write("\"model\":"u8);
            ModelName.Write(output, model);
            output.Write(","u8);
        }

        if (!fields.IsEmpty)
        {
            fields.Write(call, model, output);
            return;
        }

        var (start, length) = call.ModelValue.GetOffsetAndLength(body.Length);
        output.Write(body[call.ObjectStart..start]);
        if (length > 0)
        {
            ModelName.Write(output, model);
        }

        output.Write(body[(start + length)..]);
    }

    public PlainAnswer ReadAnswer(in AnswerContext context, ReadOnlyMemory<byte> body, PooledBuffer output) =>
        OpenAiAnswer.Read(context.Call, body, output);

    public IStreamReader OpenStream(in AnswerContext context) =>
        // Who was never told of several choices answers with one.
        new OpenAiStreamReader(context.Call.IncludeUsage, _forChats.Refuses("n") ? 1 : context.Call.Choices);

    public ProviderFault ReadError(int status, ReadOnlySpan<byte> body) => OpenAiErrors.Read(type, status, body);

    private static string PathOf(Operation operation) => operation switch
    {
        Operation.Embeddings => "embeddings",
        Operation.Moderations => "moderations",
        _ => "chat/completions",
    };
}

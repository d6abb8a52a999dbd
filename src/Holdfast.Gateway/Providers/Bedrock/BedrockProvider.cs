using System.Buffers;
using System.Net.Http.Headers;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Bedrock;

/// <summary>AWS Bedrock's Converse API, for callers that speak OpenAI's chat completions.</summary>
internal sealed class BedrockProvider(ProviderOptions options, Uri baseUrl) : IProvider
{
    private readonly string _models = baseUrl.AbsoluteUri.TrimEnd('/') + "/model/";

    public Uri? ModelsUrl => null;

    public StreamFormat Streams { get; } = new("application/vnd.amazon.eventstream", () => new EventStreamParser());

    /// <summary>
    /// The name comes from a caller, so it is one segment of the path, whatever stands in it; the names of inference
    /// profiles have colons and slashes.
    /// </summary>
    public Uri UrlFor(CallRequest call, string model) => new(
        _models + Uri.EscapeDataString(model) + (call.Stream ? "/converse-stream" : "/converse"));

    public void WriteHeaders(CallRequest call, HttpRequestHeaders headers)
    {
    }

    public void WriteBody(CallRequest call, string model, IBufferWriter<byte> output)
    {
        RequireOpenAi(call);
        // Dots alone would be taken out of the path, and the call would go elsewhere.
        if (model is "" or "." or "..")
        {
            throw Refusals.Unsupported("model", "Bedrock has no model of this name");
        }

        BedrockRequest.Write(call, model, options, output);
    }

    public PlainAnswer ReadAnswer(in AnswerContext context, ReadOnlyMemory<byte> body, PooledBuffer output)
    {
        RequireOpenAi(context.Call);
        return BedrockAnswer.Read(context, body.Span, output);
    }

    public IStreamReader OpenStream(in AnswerContext context)
    {
        RequireOpenAi(context.Call);
        return new BedrockStreamReader(context);
    }

    public ProviderFault ReadError(int status, ReadOnlySpan<byte> body) => ReadError(status, body, null);

    public ProviderFault ReadError(int status, ReadOnlySpan<byte> body, string? name) =>
        BedrockErrors.Read(status, body, name);

    private static void RequireOpenAi(CallRequest call)
    {
        if (call.Dialect != Dialect.OpenAi)
        {
            throw new NotSupportedException($"Calls in the dialect {call.Dialect} are not translated here.");
        }
    }
}

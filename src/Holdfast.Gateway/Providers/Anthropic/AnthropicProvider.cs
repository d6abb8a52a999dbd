using System.Buffers;
using System.Net.Http.Headers;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>Anthropic's Messages API for callers that speak OpenAI's chat completions.</summary>
/// <remarks>
/// What Anthropic has no counterpart for is refused by name, or left out with
/// <see cref="ProviderOptions.DropUnsupported"/>; content that cannot be carried is always refused, because an
/// answer to half a question is worse than none.
/// </remarks>
internal sealed class AnthropicProvider(ProviderOptions options, Uri baseUrl) : IProvider
{
    /// <summary>Sent when the caller names no version.</summary>
    private const string DefaultVersion = "2023-06-01";

    private readonly Uri _messages = new(baseUrl.AbsoluteUri.TrimEnd('/') + "/messages");

    public Uri? ModelsUrl { get; } = new(baseUrl.AbsoluteUri.TrimEnd('/') + "/models");

    public Uri UrlFor(CallRequest call, string model) => _messages;

    public void WriteHeaders(CallRequest call, HttpRequestHeaders headers)
    {
        headers.TryAddWithoutValidation("anthropic-version", call.Headers.AnthropicVersion ?? DefaultVersion);
        if (call.Headers.AnthropicBeta is { } beta)
        {
            headers.TryAddWithoutValidation("anthropic-beta", beta);
        }
    }

    public void WriteBody(CallRequest call, string model, IBufferWriter<byte> output)
    {
        RequireOpenAi(call);
        AnthropicRequest.Write(call, model, options, output);
    }

    public PlainAnswer ReadAnswer(in AnswerContext context, ReadOnlyMemory<byte> body, PooledBuffer output)
    {
        RequireOpenAi(context.Call);
        return AnthropicAnswer.Read(context, body.Span, output);
    }

    public IStreamReader OpenStream(in AnswerContext context)
    {
        RequireOpenAi(context.Call);
        return new AnthropicStreamReader(context);
    }

    public ProviderFault ReadError(int status, ReadOnlySpan<byte> body) => AnthropicErrors.Read(status, body);

    // The other dialect needs no translation but its own pass-through, which has its place beside these calls.
    private static void RequireOpenAi(CallRequest call)
    {
        if (call.Dialect != Dialect.OpenAi)
        {
            throw new NotSupportedException($"Calls in the dialect {call.Dialect} are not translated here.");
        }
    }
}

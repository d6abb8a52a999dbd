using System.Buffers;
using System.Net.Http.Headers;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>
/// Anthropic's Messages API, for callers that speak OpenAI's chat completions and for those that speak its own: theirs
/// go through as they are, but for the model's name and for thoughts that no model of Anthropic's has had.
/// </summary>
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
    private readonly Uri _tokenCount = new(baseUrl.AbsoluteUri.TrimEnd('/') + "/messages/count_tokens");

    public Uri? ModelsUrl { get; } = new(baseUrl.AbsoluteUri.TrimEnd('/') + "/models");

    public StreamFormat Streams => StreamFormat.ServerSentEvents;

    public Uri UrlFor(CallRequest call, string model) =>
        call.Operation == Operation.CountTokens ? _tokenCount : _messages;

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
        if (call.Dialect == Dialect.Anthropic)
        {
            AnthropicPassedRequest.Write(call, model, output);
        }
        else
        {
            AnthropicRequest.Write(call, model, options, output);
        }
    }

    public PlainAnswer ReadAnswer(in AnswerContext context, ReadOnlyMemory<byte> body, PooledBuffer output)
    {
        var answer = context.Call.Operation == Operation.CountTokens
            ? AnthropicTokenCount.Read(body.Span)
            : AnthropicAnswer.Read(context, body.Span, output);
        return answer.Fault is null && context.Call.Dialect == Dialect.Anthropic
            ? answer with { Body = body }
            : answer;
    }

    public IStreamReader OpenStream(in AnswerContext context) => context.Call.Dialect == Dialect.Anthropic
        ? new AnthropicPassedStream()
        : new AnthropicStreamReader(context);

    public ProviderFault ReadError(int status, ReadOnlySpan<byte> body) => AnthropicErrors.Read(status, body);
}

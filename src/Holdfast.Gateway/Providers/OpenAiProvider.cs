using System.Buffers;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Unicode;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Providers;

/// <summary>
/// The hub dialect: OpenAI and everyone compatible with it. Bytes go through; only the model's name and, for streams,
/// the wish for a usage chunk are patched in, so unknown fields of request and answer survive.
/// </summary>
internal sealed class OpenAiProvider(ProviderOptions options, ProviderType type, Uri baseUrl) : IProvider
{
    /// <summary>Deepest nesting that is read in an answer.</summary>
    internal const int MaxDepth = 128;

    private readonly string _root = baseUrl.AbsoluteUri.TrimEnd('/');
    private readonly Uri _chat = new(baseUrl.AbsoluteUri.TrimEnd('/') + "/chat/completions");

    public Uri? ModelsUrl => !type.ListsModels ? null
        : type.Deployments ? new Uri($"{_root}/openai/models?api-version={Version}")
        : new Uri($"{_root}/models");

    private string Version => Uri.EscapeDataString(options.ApiVersion ?? type.DefaultApiVersion ?? "");

    public StreamFormat Streams => StreamFormat.ServerSentEvents;

    public Uri UrlFor(CallRequest call, string model)
    {
        if (!type.Deployments)
        {
            return _chat;
        }

        var deployment = Uri.EscapeDataString(options.Deployments.GetValueOrDefault(model, model));
        return new Uri($"{_root}/openai/deployments/{deployment}/chat/completions?api-version={Version}");
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
        var body = call.Body.Span;
        var (start, length) = call.ModelValue.GetOffsetAndLength(body.Length);
        output.Write(body[..call.ObjectStart]);
        if (call.Stream && !call.HasStreamOptions && type.TakesStreamOptions)
        {
            output.Write("\"stream_options\":{\"include_usage\":true},"u8);
        }

        output.Write(body[call.ObjectStart..start]);
        ModelName.Write(output, model);
        output.Write(body[(start + length)..]);
    }

    public PlainAnswer ReadAnswer(in AnswerContext context, ReadOnlyMemory<byte> body, PooledBuffer output)
    {
        var usage = default(Usage);
        var goodChoices = false;
        var error = false;
        try
        {
            if (!Utf8.IsValid(body.Span))
            {
                return Bad("the answer is not valid UTF-8");
            }

            var reader = new Utf8JsonReader(body.Span, new JsonReaderOptions { MaxDepth = MaxDepth });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return Bad("the answer is not a JSON object");
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("choices"u8))
                {
                    reader.Read();
                    goodChoices = HasMessage(ref reader);
                }
                else if (reader.ValueTextEquals("usage"u8))
                {
                    reader.Read();
                    usage = OpenAiUsage.Read(ref reader);
                }
                else
                {
                    var isError = reader.ValueTextEquals("error"u8);
                    reader.Read();
                    error |= isError && reader.TokenType != JsonTokenType.Null;
                    reader.Skip();
                }
            }

            // To the very end: bytes after the object are no answer either.
            while (reader.Read());
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            // The latter is the reader's word for a name with half a surrogate pair.
            return Bad("the answer is not JSON");
        }

        if (error)
        {
            return new PlainAnswer(default, usage, OpenAiErrors.ReadInBand(body.Span));
        }

        return goodChoices ? new PlainAnswer(body, usage) : Bad("the answer has no choices");
    }

    public IStreamReader OpenStream(in AnswerContext context) =>
        new OpenAiStreamReader(context.Call.IncludeUsage, context.Call.Choices);

    public ProviderFault ReadError(int status, ReadOnlySpan<byte> body) => OpenAiErrors.Read(type, status, body);

    private static PlainAnswer Bad(string message) =>
        new(default, default, new ProviderFault(Outcome.BadAnswer, message) { Status = 200 });

    /// <summary>
    /// The reader stands on the value of <c>choices</c>; left on its last token. A filtered answer is one too, though
    /// Azure sends it without a message.
    /// </summary>
    private static bool HasMessage(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            reader.Skip();
            return false;
        }

        var found = false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isMessage = reader.ValueTextEquals("message"u8);
                var isReason = reader.ValueTextEquals("finish_reason"u8);
                reader.Read();
                found |= isMessage && reader.TokenType == JsonTokenType.StartObject;
                found |= isReason && reader.TokenType == JsonTokenType.String
                    && reader.ValueTextEquals("content_filter"u8);
                reader.Skip();
            }
        }

        return found;
    }
}

using System.Net.Http.Headers;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Anthropic;
using Holdfast.Gateway.Providers.Bedrock;
using Holdfast.Gateway.Providers.Cohere;
using Holdfast.Gateway.Providers.Gemini;
using Holdfast.Gateway.Providers.Ollama;
using Holdfast.Gateway.Providers.Responses;

namespace Holdfast.Gateway.Providers;

/// <summary>
/// A configured provider, ready for use: its dialect, its keys and the headers that go with every request.
/// </summary>
internal sealed class Provider
{
    private readonly IProvider _forAnthropicCallers;
    private readonly IProvider _forResponsesCallers;
    private readonly IProvider _vectors;

    public Provider(ProviderOptions options, KeyRing keys)
    {
        Options = options;
        Keys = keys;
        var type = ProviderTypes.Find(options.Type)
            ?? throw new ArgumentException($"provider type '{options.Type}' is unknown", nameof(options));
        BaseUrl = options.Address
            ?? throw new ArgumentException($"provider {options.Name} has no address", nameof(options));
        Type = type.At(BaseUrl);
        Dialect = Type.Dialect switch
        {
            Calls.Dialect.Anthropic => new AnthropicProvider(options, BaseUrl),
            Calls.Dialect.Cohere => new CohereProvider(options, BaseUrl),
            Calls.Dialect.Gemini => new GeminiProvider(options, Type, BaseUrl),
            Calls.Dialect.Ollama => new OllamaProvider(options, BaseUrl),
            Calls.Dialect.Bedrock => new BedrockProvider(options, BaseUrl),
            _ => new OpenAiProvider(options, Type, BaseUrl),
        };
        _vectors = Dialect;
        if (Type.EmbedsCompatibly && Type.Dialect != Calls.Dialect.OpenAi)
        {
            var address = Type.CompatibleWith(BaseUrl);
            _vectors = new OpenAiProvider(options, Type.At(address), address);
        }

        _forAnthropicCallers = Type.Dialect == Calls.Dialect.Anthropic
            ? Dialect
            : new AnthropicCallers(Dialect, options, Type);
        _forResponsesCallers = Type.ResponsesPath.Length > 0
            ? new ResponsesProvider(Dialect, options, Type, BaseUrl)
            : new ResponsesCallers(Dialect, options);
    }

    public ProviderOptions Options { get; }

    public string Name => Options.Name;

    public ProviderType Type { get; }

    public Uri BaseUrl { get; }

    public IProvider Dialect { get; }

    /// <summary>Its dialect for callers of another: they write and read theirs.</summary>
    public IProvider DialectFor(CallRequest call) => (call.Operation, call.Dialect) switch
    {
        (Operation.Embeddings, _) => _vectors,
        (_, Calls.Dialect.Anthropic) => _forAnthropicCallers,
        (_, Calls.Dialect.Responses) => _forResponsesCallers,
        _ => Dialect,
    };

    public KeyRing Keys { get; }

    /// <summary>Where a path of the provider's own is.</summary>
    /// <param name="path">With its query; checked.</param>
    public Uri UrlOf(string path) =>
        new($"{BaseUrl.AbsoluteUri.TrimEnd('/')}/{(Type.Deployments ? "openai/v1/" : "")}{path}");

    /// <summary>Adds authorization and the configured headers.</summary>
    public void WriteHeaders(CallRequest call, ApiKey? key, HttpRequestHeaders headers)
    {
        DialectFor(call).WriteHeaders(call, headers);
        foreach (var (name, value) in Options.Headers)
        {
            headers.TryAddWithoutValidation(name, value);
        }

        if (key is null)
        {
            return;
        }

        var (header, authorization) = Type.KeyHeader switch
        {
            KeyHeader.XApiKey => ("x-api-key", key.Value),
            KeyHeader.ApiKey => ("api-key", key.Value),
            KeyHeader.XGoogApiKey => ("x-goog-api-key", key.Value),
            _ => ("authorization", key.Bearer),
        };
        headers.TryAddWithoutValidation(header, authorization);
    }
}

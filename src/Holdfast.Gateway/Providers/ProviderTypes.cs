using System.Collections.Frozen;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.SignIn;

namespace Holdfast.Gateway.Providers;

/// <summary>How a provider wants to see its key.</summary>
internal enum KeyHeader
{
    /// <summary><c>authorization: Bearer KEY</c></summary>
    Bearer,

    /// <summary><c>x-api-key: KEY</c></summary>
    XApiKey,

    /// <summary><c>api-key: KEY</c></summary>
    ApiKey,

    /// <summary><c>x-goog-api-key: KEY</c></summary>
    XGoogApiKey,
}

/// <summary>One line of the table of provider types.</summary>
/// <param name="Name">The value of <c>type</c>.</param>
/// <param name="Dialect">What it speaks.</param>
/// <param name="BaseUrl">
/// Its real address; <c>{region}</c> and <c>{project}</c> are filled in. Empty: must be given.
/// </param>
internal sealed record ProviderType(string Name, Dialect Dialect, string BaseUrl)
{
    /// <summary>What OpenTelemetry's conventions call it: <c>gen_ai.provider.name</c>.</summary>
    public string GenAiName { get; init; } = Name;

    public KeyHeader KeyHeader { get; init; } = KeyHeader.Bearer;

    /// <summary>
    /// OpenAI's own models: they know the newest names of fields, and refuse fields that OpenAI doesn't have.
    /// </summary>
    public bool IsOpenAiItself { get; init; }

    /// <summary>Works without a key.</summary>
    public bool KeyOptional { get; init; }

    /// <summary>Where it gets authorization when it has no key.</summary>
    public CloudSignIn SignIn { get; init; }

    /// <summary>
    /// The usual environment variables of a provider, by the key of the configuration that each sets where the file
    /// doesn't; of several for one key the first that is set.
    /// </summary>
    public IReadOnlyList<(string Key, string Variable)> Variables { get; init; } = [];

    /// <summary>
    /// Fields of a chat in OpenAI's format that it refuses, or takes and passes over. By what its documentation says or
    /// its servers answer: a field that nobody has said anything about goes on, and the provider judges it.
    /// </summary>
    public IReadOnlyList<string> Unsupported { get; init; } = [];

    /// <summary>The same of a request for vectors.</summary>
    public IReadOnlyList<string> UnsupportedForVectors { get; init; } = [];

    /// <summary>Fields of a chat that it knows by another name only.</summary>
    public IReadOnlyList<(string Name, string Own)> Renamed { get; init; } = [];

    /// <summary>
    /// <c>GET …/models</c> tells which models there are, so whether somebody is there can be asked for nothing.
    /// </summary>
    public bool ListsModels { get; init; } = true;

    /// <summary>The model is part of the address: <c>/openai/deployments/{deployment}/…?api-version=</c>.</summary>
    public bool Deployments { get; init; }

    /// <summary>
    /// Where its Responses API is, below the base URL. Empty: it has none, and such calls become chats.
    /// </summary>
    public string ResponsesPath { get; init; } = "";

    /// <summary>What <c>api-version</c> is when none is configured; null where there is no such thing.</summary>
    public string? DefaultApiVersion { get; init; }

    /// <summary>Between the base URL and a model's name, where the name is part of the path.</summary>
    public string ModelPath { get; init; } = "";

    /// <summary>
    /// How the path of the provider's OpenAI-compatible address ends. A base URL that ends so is spoken to in OpenAI's
    /// format, with the key as a bearer. Empty: there is no such address beside the native one.
    /// </summary>
    public string CompatiblePath { get; init; } = "";

    /// <summary>
    /// How the path of its own address ends, in place of which <see cref="CompatiblePath"/> stands in the other one.
    /// </summary>
    public string NativePath { get; init; } = "";

    /// <summary>Vectors are asked for at its OpenAI-compatible address, also where chats go to its own.</summary>
    public bool EmbedsCompatibly { get; init; }

    /// <summary>How it goes on with an answer that another target began.</summary>
    public Prefill Prefill { get; init; }

    /// <summary>What it has no such API for, though others of its dialect have.</summary>
    public IReadOnlyList<Operation> Lacks { get; init; } = [];

    /// <summary>
    /// Whether it can be asked for an operation. Decided here alone, by dialect and then by type: a target that cannot
    /// has no part in the call.
    /// </summary>
    public bool Offers(Operation operation) => !Lacks.Contains(operation) && operation switch
    {
        Operation.ChatCompletions or Operation.Responses => true,
        Operation.CountTokens => Dialect == Dialect.Anthropic,
        // Keys in a header are all that it takes; a request that is signed, or lies elsewhere, is none of those.
        Operation.PassThrough => Dialect is Dialect.OpenAi or Dialect.Anthropic or Dialect.Cohere,
        Operation.Embeddings => Dialect is Dialect.OpenAi or Dialect.Gemini || EmbedsCompatibly,
        _ => Dialect == Dialect.OpenAi,
    };

    /// <summary>The line as it is for a base URL.</summary>
    public ProviderType At(Uri baseUrl) =>
        CompatiblePath.Length > 0
        && baseUrl.AbsolutePath.TrimEnd('/').EndsWith(CompatiblePath, StringComparison.Ordinal)
            ? this with { Dialect = Dialect.OpenAi, KeyHeader = KeyHeader.Bearer, Prefill = Prefill.Never }
            : this;

    /// <summary>The OpenAI-compatible address beside the native one.</summary>
    public Uri CompatibleWith(Uri native)
    {
        var root = native.AbsoluteUri.TrimEnd('/');
        var isOwn = NativePath.Length > 0 && root.EndsWith(NativePath, StringComparison.Ordinal);
        return new Uri((isOwn ? root[..^NativePath.Length] : root) + CompatiblePath);
    }
}

/// <summary>
/// The provider types. An OpenAI-compatible provider is a line here, never a class.
/// </summary>
internal static class ProviderTypes
{
    private static readonly Operation[] ChatOnly = [Operation.Embeddings, Operation.Moderations];

    // Who documents one limit documents the older name.
    private static readonly (string, string)[] OldLimit = [("max_completion_tokens", "max_tokens")];

    private static readonly ProviderType[] Lines =
    [
        new("openai", Dialect.OpenAi, "https://api.openai.com/v1")
        {
            IsOpenAiItself = true, ResponsesPath = "/responses", Variables = [("apiKey", "OPENAI_API_KEY")],
        },
        new("azure-openai", Dialect.OpenAi, "")
        {
            KeyHeader = KeyHeader.ApiKey, Deployments = true, DefaultApiVersion = "2024-10-21",
            GenAiName = "azure.ai.openai", IsOpenAiItself = true, Lacks = [Operation.Moderations],
            ResponsesPath = "/openai/v1/responses",
            SignIn = CloudSignIn.Azure,
            Variables = [("apiKey", "AZURE_OPENAI_API_KEY"), ("baseUrl", "AZURE_OPENAI_ENDPOINT")],
        },
        new("anthropic", Dialect.Anthropic, "https://api.anthropic.com/v1")
        {
            KeyHeader = KeyHeader.XApiKey, Prefill = Prefill.Claude, Variables = [("apiKey", "ANTHROPIC_API_KEY")],
        },
        new("gemini", Dialect.Gemini, "https://generativelanguage.googleapis.com/v1beta")
        {
            KeyHeader = KeyHeader.XGoogApiKey, ModelPath = "/models/", CompatiblePath = "/openai",
            GenAiName = "gcp.gemini", Lacks = [Operation.Moderations],
            Variables = [("apiKey", "GEMINI_API_KEY"), ("apiKey", "GOOGLE_API_KEY")],
        },
        new("vertex", Dialect.Gemini,
            "https://{region}-aiplatform.googleapis.com/v1beta1/projects/{project}/locations/{region}")
        {
            ModelPath = "/publishers/google/models/", CompatiblePath = "/endpoints/openapi",
            GenAiName = "gcp.vertex_ai", ListsModels = false, Lacks = [Operation.Moderations],
            SignIn = CloudSignIn.Google,
            Variables =
            [
                ("project", "GOOGLE_CLOUD_PROJECT"), ("region", "GOOGLE_CLOUD_LOCATION"),
                ("region", "GOOGLE_CLOUD_REGION"),
            ],
        },
        new("bedrock", Dialect.Bedrock, "https://bedrock-runtime.{region}.amazonaws.com")
        {
            CompatiblePath = "/openai/v1", GenAiName = "aws.bedrock", ListsModels = false,
            Lacks = [.. ChatOnly, Operation.PassThrough], Prefill = Prefill.Claude,
            SignIn = CloudSignIn.Aws,
            Variables =
            [
                ("apiKey", "AWS_BEARER_TOKEN_BEDROCK"), ("region", "AWS_REGION"), ("region", "AWS_DEFAULT_REGION"),
            ],
        },
        new("mistral", Dialect.OpenAi, "https://api.mistral.ai/v1")
        {
            GenAiName = "mistral_ai", Prefill = Prefill.Marked, Variables = [("apiKey", "MISTRAL_API_KEY")],
            // It answers 422 to every field that it doesn't have. Its streams tell their usage unasked.
            Unsupported =
            [
                "audio", "function_call", "functions", "logit_bias", "logprobs", "modalities", "prompt_cache_options",
                "prompt_cache_retention", "safety_identifier", "service_tier", "store", "stream_options", "top_k",
                "top_logprobs", "user", "verbosity", "web_search_options",
            ],
            Renamed = [.. OldLimit, ("seed", "random_seed")],
        },
        new("cohere", Dialect.Cohere, "https://api.cohere.com/v2")
        {
            CompatiblePath = "/compatibility/v1", NativePath = "/v2", EmbedsCompatibly = true, ListsModels = false,
            Lacks = [Operation.Moderations], Variables = [("apiKey", "COHERE_API_KEY"), ("apiKey", "CO_API_KEY")],
            Unsupported =
            [
                "audio", "logit_bias", "metadata", "modalities", "n", "parallel_tool_calls", "prediction",
                "service_tier", "store", "top_logprobs",
            ],
            UnsupportedForVectors = ["dimensions", "user"], Renamed = OldLimit,
        },
        new("deepseek", Dialect.OpenAi, "https://api.deepseek.com/v1")
        {
            Lacks = ChatOnly, Prefill = Prefill.MarkedInBeta, Variables = [("apiKey", "DEEPSEEK_API_KEY")],
            Renamed = OldLimit,
        },
        new("xai", Dialect.OpenAi, "https://api.x.ai/v1")
        {
            GenAiName = "x_ai", Lacks = [Operation.Moderations],
            Variables = [("apiKey", "XAI_API_KEY")],
        },
        new("groq", Dialect.OpenAi, "https://api.groq.com/openai/v1")
        {
            Lacks = ChatOnly, Variables = [("apiKey", "GROQ_API_KEY")],
            Unsupported = ["logit_bias", "logprobs", "n", "top_logprobs"],
        },
        new("together", Dialect.OpenAi, "https://api.together.xyz/v1")
        {
            Lacks = [Operation.Moderations], Variables = [("apiKey", "TOGETHER_API_KEY")],
        },
        new("perplexity", Dialect.OpenAi, "https://api.perplexity.ai")
        {
            ListsModels = false, Lacks = ChatOnly,
            Variables = [("apiKey", "PERPLEXITY_API_KEY")],
            Unsupported =
            [
                "function_call", "functions", "logit_bias", "logprobs", "n", "parallel_tool_calls", "seed", "stop",
                "tool_choice", "tools", "top_logprobs",
            ],
            Renamed = OldLimit,
        },
        new("fireworks", Dialect.OpenAi, "https://api.fireworks.ai/inference/v1")
        {
            Lacks = [Operation.Moderations], Variables = [("apiKey", "FIREWORKS_API_KEY")],
        },
        new("openrouter", Dialect.OpenAi, "https://openrouter.ai/api/v1")
        {
            Lacks = [Operation.Moderations], Variables = [("apiKey", "OPENROUTER_API_KEY")],
        },
        new("ollama", Dialect.Ollama, "http://127.0.0.1:11434")
        {
            KeyOptional = true, CompatiblePath = "/v1", EmbedsCompatibly = true, Lacks = [Operation.Moderations],
            Prefill = Prefill.Trailing,
            Unsupported = ["logit_bias", "n", "tool_choice", "user"], UnsupportedForVectors = ["user"],
            Renamed = OldLimit,
        },
        new("openai-compatible", Dialect.OpenAi, "") { KeyOptional = true },
    ];

    private static readonly FrozenDictionary<string, ProviderType> ByName =
        Lines.ToFrozenDictionary(line => line.Name, StringComparer.Ordinal);

    /// <summary>All names, in the order of the table.</summary>
    public static IEnumerable<string> Names => Lines.Select(line => line.Name);

    /// <summary>Null when there is no such type.</summary>
    public static ProviderType? Find(string name) => ByName.GetValueOrDefault(name);
}

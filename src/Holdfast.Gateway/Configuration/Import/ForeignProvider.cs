namespace Holdfast.Gateway.Configuration.Import;

/// <summary>A provider under the name that another gateway has for it.</summary>
/// <param name="Name">What it should be called here.</param>
/// <param name="Type">Our type.</param>
/// <param name="KeyVariable">The environment variable that usually holds its key.</param>
/// <param name="BaseUrl">Its address, where our type has none of its own.</param>
internal sealed record ForeignProvider(string Name, string Type, string KeyVariable, string? BaseUrl = null)
{
    private const string Compatible = "openai-compatible";

    private static readonly ForeignProvider[] Known =
    [
        new("openai", "openai", "OPENAI_API_KEY"),
        new("azure", "azure-openai", "AZURE_API_KEY"),
        new("anthropic", "anthropic", "ANTHROPIC_API_KEY"),
        new("gemini", "gemini", "GEMINI_API_KEY"),
        new("vertex", "vertex", "VERTEX_ACCESS_TOKEN"),
        new("bedrock", "bedrock", "AWS_BEARER_TOKEN_BEDROCK"),
        new("mistral", "mistral", "MISTRAL_API_KEY"),
        new("cohere", "cohere", "COHERE_API_KEY"),
        new("deepseek", "deepseek", "DEEPSEEK_API_KEY"),
        new("xai", "xai", "XAI_API_KEY"),
        new("groq", "groq", "GROQ_API_KEY"),
        new("together", "together", "TOGETHERAI_API_KEY"),
        new("perplexity", "perplexity", "PERPLEXITYAI_API_KEY"),
        new("fireworks", "fireworks", "FIREWORKS_API_KEY"),
        new("openrouter", "openrouter", "OPENROUTER_API_KEY"),
        new("ollama", "ollama", "OLLAMA_API_KEY"),
        new("nvidia_nim", Compatible, "NVIDIA_NIM_API_KEY", "https://integrate.api.nvidia.com/v1"),
        new("cerebras", Compatible, "CEREBRAS_API_KEY", "https://api.cerebras.ai/v1"),
        new("sambanova", Compatible, "SAMBANOVA_API_KEY", "https://api.sambanova.ai/v1"),
        new("deepinfra", Compatible, "DEEPINFRA_API_KEY", "https://api.deepinfra.com/v1/openai"),
    ];

    // Other names of the same. Those that stand for nothing above speak OpenAI's format at an address of their own.
    private static readonly Dictionary<string, string> Aliases = new(StringComparer.Ordinal)
    {
        ["text-completion-openai"] = "openai", ["azure-openai"] = "azure", ["azure_text"] = "azure",
        ["vertex_ai"] = "vertex", ["vertex_ai_beta"] = "vertex", ["vertex-ai"] = "vertex", ["google"] = "gemini",
        ["mistral-ai"] = "mistral", ["cohere_chat"] = "cohere", ["x-ai"] = "xai", ["together_ai"] = "together",
        ["together-ai"] = "together", ["perplexity-ai"] = "perplexity", ["fireworks_ai"] = "fireworks",
        ["fireworks-ai"] = "fireworks", ["ollama_chat"] = "ollama", ["bedrock_converse"] = "bedrock",
    };

    private static readonly HashSet<string> AddressOnly = new(StringComparer.Ordinal)
    {
        "hosted_vllm", "vllm", "openai_like", "custom_openai", "lm_studio", "llamafile", "litellm_proxy", "azure_ai",
        "azure-ai", "lmstudio", "xinference", "infinity", "docker_model_runner",
    };

    private static readonly (string Start, string Name)[] Models =
    [
        ("gpt", "openai"), ("chatgpt", "openai"), ("o1", "openai"), ("o3", "openai"), ("o4", "openai"),
        ("text-embedding", "openai"), ("dall-e", "openai"), ("whisper", "openai"), ("ft:gpt", "openai"),
        ("claude", "anthropic"), ("gemini", "gemini"), ("mistral", "mistral"), ("codestral", "mistral"),
        ("command", "cohere"), ("deepseek", "deepseek"), ("grok", "xai"), ("sonar", "perplexity"),
    ];

    /// <summary>Null when nothing is known of the name.</summary>
    public static ForeignProvider? Find(string name)
    {
        if (AddressOnly.Contains(name))
            return AtOwnAddress(name);
        var own = Aliases.GetValueOrDefault(name, name);
        return Array.Find(Known, provider => provider.Name == own);
    }

    /// <summary>By the first letters of a model's name; null when they say nothing.</summary>
    public static ForeignProvider? OfModel(string model) =>
        Array.Find(Models, entry => model.StartsWith(entry.Start, StringComparison.OrdinalIgnoreCase)) is
            { Name: { } name } ? Find(name) : null;

    /// <summary>The provider whose name is somewhere in a text; null when none or several are.</summary>
    public static ForeignProvider? NamedIn(string text)
    {
        var found = Known.Where(provider => text.Contains(provider.Name, StringComparison.OrdinalIgnoreCase)).ToList();
        if (found.Count > 1)
            found.RemoveAll(provider => provider.Name == "openai");
        return found.Count == 1 ? found[0] : null;
    }

    /// <summary>Anything that speaks OpenAI's format at an address which the source names.</summary>
    public static ForeignProvider AtOwnAddress(string name) =>
        new(name, Compatible, ImportSource.NameOf(name) + "_API_KEY");

    /// <summary>The address as our type wants it, and whether that is sure.</summary>
    public (string BaseUrl, bool IsSure) Address(string url)
    {
        url = url.TrimEnd('/');
        if (Type is not ("anthropic" or "ollama"))
            return (url, true);
        if (url.EndsWith("/v1/messages", StringComparison.Ordinal))
            url = url[..^"/messages".Length];
        return url.EndsWith("/v1", StringComparison.Ordinal) ? (url, true) : (url + "/v1", !url.EndsWith('}'));
    }
}

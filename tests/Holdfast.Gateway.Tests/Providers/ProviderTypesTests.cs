using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Tests.Calls;

namespace Holdfast.Gateway.Tests.Providers;

public sealed class ProviderTypesTests
{
    [Fact]
    public void Every_promised_type_exists_and_no_other() => Assert.Equal(
        [
            "openai", "azure-openai", "anthropic", "gemini", "vertex", "bedrock", "mistral", "cohere", "deepseek",
            "xai", "groq", "together", "perplexity", "fireworks", "openrouter", "ollama", "openai-compatible",
        ],
        ProviderTypes.Names);

    [Fact]
    public void An_unknown_type_is_none()
    {
        Assert.Null(ProviderTypes.Find("OpenAI"));
        Assert.Null(ProviderTypes.Find(""));
    }

    [Fact]
    public void Every_type_has_its_real_address_unless_it_must_be_given() => Assert.All(ProviderTypes.Names, name =>
    {
        var type = ProviderTypes.Find(name)!;
        if (name is "azure-openai" or "openai-compatible")
        {
            Assert.Empty(type.BaseUrl);
            return;
        }

        var url = Build(name).BaseUrl;
        Assert.True(url.IsAbsoluteUri);
        Assert.Equal(name == "ollama" ? "http" : "https", url.Scheme);
        Assert.DoesNotContain("{", url.AbsoluteUri, StringComparison.Ordinal);
        Assert.False(type.BaseUrl.EndsWith('/'));
    });

    [Fact]
    public void Region_and_project_are_filled_into_the_address()
    {
        Assert.Equal(
            "https://bedrock-runtime.eu-central-1.amazonaws.com/", Build("bedrock").BaseUrl.AbsoluteUri);
        Assert.Equal(
            "https://eu-central-1-aiplatform.googleapis.com/v1beta1/projects/team/locations/eu-central-1",
            Build("vertex").BaseUrl.AbsoluteUri);
    }

    [Fact]
    public void What_a_type_offers_is_in_its_line()
    {
        Assert.Equal(
            ["openai", "azure-openai", "gemini", "vertex", "mistral", "cohere", "xai", "together", "fireworks",
                "openrouter", "ollama", "openai-compatible"],
            Offering(Operation.Embeddings));
        Assert.Equal(["openai", "mistral", "openai-compatible"], Offering(Operation.Moderations));
        Assert.Equal(["anthropic"], Offering(Operation.CountTokens));
        Assert.Equal(ProviderTypes.Names, Offering(Operation.ChatCompletions));
    }

    [Theory]
    [InlineData("cohere", "https://api.cohere.com/v2", "https://api.cohere.com/compatibility/v1/embeddings")]
    [InlineData("cohere", "http://127.0.0.1/cohere", "http://127.0.0.1/cohere/compatibility/v1/embeddings")]
    [InlineData("cohere", "https://a.b/compatibility/v1", "https://a.b/compatibility/v1/embeddings")]
    [InlineData("ollama", "http://127.0.0.1:11434", "http://127.0.0.1:11434/v1/embeddings")]
    [InlineData("ollama", "http://127.0.0.1:11434/v1", "http://127.0.0.1:11434/v1/embeddings")]
    public void Vectors_are_asked_for_at_the_compatible_address_beside_a_native_one(
        string type, string baseUrl, string expected)
    {
        var call = InputCall.Of("""{"model":"m","input":"a"}""");

        Assert.Equal(expected, Build(type, new Uri(baseUrl)).DialectFor(call).UrlFor(call, "m").AbsoluteUri);
    }

    [Fact]
    public void The_global_region_has_no_name_in_the_host() => Assert.Equal(
        "https://aiplatform.googleapis.com/v1beta1/projects/team/locations/global",
        Build("vertex", region: "global").BaseUrl.AbsoluteUri);

    [Theory]
    [InlineData("gemini", "https://generativelanguage.googleapis.com/v1beta/openai", Dialect.OpenAi)]
    [InlineData("gemini", "https://generativelanguage.googleapis.com/v1beta/openai/", Dialect.OpenAi)]
    [InlineData("gemini", "http://127.0.0.1:9000/gemini/v1", Dialect.Gemini)]
    [InlineData("vertex", "https://x.googleapis.com/v1/projects/p/locations/r/endpoints/openapi", Dialect.OpenAi)]
    [InlineData("vertex", "https://x.googleapis.com/v1/projects/p/locations/r", Dialect.Gemini)]
    [InlineData("cohere", "https://api.cohere.ai/compatibility/v1", Dialect.OpenAi)]
    [InlineData("cohere", "https://api.cohere.com/v2", Dialect.Cohere)]
    [InlineData("ollama", "http://127.0.0.1:11434/v1", Dialect.OpenAi)]
    [InlineData("ollama", "http://127.0.0.1:11434/v1/", Dialect.OpenAi)]
    [InlineData("ollama", "http://127.0.0.1:11434", Dialect.Ollama)]
    [InlineData("ollama", "http://127.0.0.1:11434/api", Dialect.Ollama)]
    [InlineData("bedrock", "https://bedrock-runtime.eu-west-1.amazonaws.com/openai/v1", Dialect.OpenAi)]
    [InlineData("bedrock", "https://bedrock-runtime.eu-west-1.amazonaws.com", Dialect.Bedrock)]
    [InlineData("openai", "http://127.0.0.1:9000/openai", Dialect.OpenAi)]
    internal void A_compatible_address_is_spoken_to_in_OpenAIs_format(string type, string url, Dialect dialect)
    {
        using var request = new HttpRequestMessage();
        var provider = Build(type, new Uri(url));

        provider.WriteHeaders(ChatCall.Of(), new ApiKey("k", new ManualTimeProvider()), request.Headers);

        Assert.Equal(dialect, provider.Type.Dialect);
        Assert.Equal(dialect == Dialect.OpenAi, provider.Dialect is OpenAiProvider);
        var isNativeGemini = type == "gemini" && dialect == Dialect.Gemini;
        Assert.Equal(isNativeGemini ? null : "Bearer k", request.Headers.Authorization?.ToString());
    }

    [Fact]
    public void A_configured_address_overrides_the_types()
    {
        var url = new Uri("http://127.0.0.1:9000/openai/v1");

        Assert.Equal(url, Build("openai", url).BaseUrl);
    }

    [Theory]
    [InlineData("openai", "authorization", "Bearer k")]
    [InlineData("anthropic", "x-api-key", "k")]
    [InlineData("azure-openai", "api-key", "k")]
    [InlineData("gemini", "x-goog-api-key", "k")]
    [InlineData("vertex", "authorization", "Bearer k")]
    [InlineData("openai-compatible", "authorization", "Bearer k")]
    public void The_key_goes_into_the_types_own_header(string type, string header, string expected)
    {
        using var request = new HttpRequestMessage();
        var provider = Build(type, new Uri("http://x.test"));

        provider.WriteHeaders(ChatCall.Of(), new ApiKey("k", new ManualTimeProvider()), request.Headers);

        Assert.Equal(expected, Assert.Single(request.Headers.GetValues(header)));
    }

    [Fact]
    public void Without_a_key_there_is_no_authorization()
    {
        using var request = new HttpRequestMessage();

        Build("ollama").WriteHeaders(ChatCall.Of(), null, request.Headers);

        Assert.Null(request.Headers.Authorization);
    }

    [Fact]
    public void Only_local_types_work_without_a_key() => Assert.Equal(
        ["ollama", "openai-compatible"], ProviderTypes.Names.Where(name => ProviderTypes.Find(name)!.KeyOptional));

    [Fact]
    public void Only_these_speak_another_dialect_than_the_hubs() => Assert.Equal(
        ["anthropic", "gemini", "vertex", "bedrock", "cohere", "ollama"],
        ProviderTypes.Names.Where(name => ProviderTypes.Find(name)!.Dialect != Dialect.OpenAi));

    [Fact]
    public void A_provider_of_an_unknown_type_cannot_be_built() => Assert.Throws<ArgumentException>(
        () => new Provider(new ProviderOptions { Name = "p", Type = "x" }, new KeyRing([])));

    [Fact]
    public void The_defaults_are_those_of_the_contract()
    {
        var options = new ProviderOptions { Name = "p", Type = "openai" };

        Assert.Equal((1, 1.0, 4096, false),
            (options.Priority, options.Weight, options.DefaultMaxTokens, options.DropUnsupported));
    }

    private static Provider Build(string type, Uri? url = null, string region = "eu-central-1") => new(
        new ProviderOptions
        {
            Name = "p",
            Type = type,
            Region = region,
            Project = "team",
            BaseUrl = url,
        },
        new KeyRing([]));

    private static IEnumerable<string> Offering(Operation operation) =>
        ProviderTypes.Names.Where(name => ProviderTypes.Find(name)!.Offers(operation));
}

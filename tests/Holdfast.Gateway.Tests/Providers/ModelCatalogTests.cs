using System.Text;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Tests.Providers;

/// <summary>What providers say they offer: asked for seldom, in the background, and believed with care.</summary>
public sealed class ModelCatalogTests : IDisposable
{
    private const string Two = """{"object":"list","data":[{"id":"one","object":"model"},{"id":"two"}]}""";

    private readonly ManualTimeProvider _time = new();
    private readonly ScriptedServer _server = new();
    private readonly ProviderClient _client;
    private readonly ModelCatalog _catalog;

    public ModelCatalogTests()
    {
        _client = new ProviderClient(_time, new ProviderClientOptions());
        _catalog = new ModelCatalog(_client, _time, new CapturedLog<ModelCatalog>());
    }

    public void Dispose()
    {
        _server.Dispose();
        _client.Dispose();
    }

    [Theory]
    [InlineData("openai", "GET /v1/models HTTP/1.1", Two)]
    [InlineData("anthropic", "GET /v1/models?limit=1000 HTTP/1.1",
        """{"data":[{"type":"model","id":"one"},{"id":"two"}]}""")]
    [InlineData("gemini", "GET /v1/models?pageSize=1000 HTTP/1.1",
        """{"models":[{"name":"models/one"},{"name":"models/two"}]}""")]
    [InlineData("together", "GET /v1/models HTTP/1.1", """[{"id":"one"},{"id":"two"},{"id":"one"}]""")]
    public async Task A_providers_list_is_asked_for_in_its_own_way(string type, string line, string answer)
    {
        var provider = ProviderOf(type);
        var asking = RefreshAsync(provider);
        var request = await _server.RequestAsync();
        await request.AnswerAsync(200, answer);
        await asking;

        Assert.StartsWith(line, request.Head, StringComparison.Ordinal);
        Assert.Contains("sk-secret", request.Head, StringComparison.Ordinal);
        Assert.Equal(["one", "two"], _catalog.Of(provider));
    }

    [Fact]
    public async Task Only_who_asks_first_waits_and_not_for_long()
    {
        var provider = ProviderOf("openai");
        var asking = RefreshAsync(provider);
        var request = await _server.RequestAsync();

        _time.Advance(ModelCatalog.Patience);
        await asking;

        Assert.Empty(_catalog.Of(provider));
        var second = RefreshAsync(provider);
        await request.AnswerAsync(200, Two);
        await second;
        Assert.Equal(["one", "two"], _catalog.Of(provider));
    }

    [Fact]
    public async Task A_list_is_good_for_five_minutes_and_outlives_the_next_failure()
    {
        var provider = ProviderOf("openai");
        await AnswerAsync(provider, 200, Two);

        _time.Advance(ModelCatalog.Fresh - TimeSpan.FromSeconds(1));
        Assert.True(RefreshAsync(ProviderOf("openai", "sk-early")).IsCompletedSuccessfully);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(RefreshAsync(ProviderOf("openai", "sk-late")).IsCompletedSuccessfully);
        var request = await _server.RequestAsync();
        await request.AnswerAsync(500, "{}");

        Assert.Equal("Bearer sk-late", request.Header("authorization"));
        Assert.Equal(["one", "two"], _catalog.Of(provider));
    }

    [Theory]
    [InlineData(500, "{}")]
    [InlineData(401, "{}")]
    [InlineData(200, "<html>")]
    [InlineData(200, "{}")]
    [InlineData(200, """{"data":{"id":"one"}}""")]
    public async Task Who_fails_offers_nothing_and_is_left_alone_for_a_minute(int status, string body)
    {
        var provider = ProviderOf("openai");
        await AnswerAsync(provider, status, body);

        Assert.Empty(_catalog.Of(provider));
        _time.Advance(ModelCatalog.Pause - TimeSpan.FromSeconds(1));
        Assert.True(RefreshAsync(ProviderOf("openai", "sk-early")).IsCompletedSuccessfully);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(RefreshAsync(ProviderOf("openai", "sk-late")).IsCompletedSuccessfully);
        Assert.Equal("Bearer sk-late", (await _server.RequestAsync()).Header("authorization"));
    }

    [Fact]
    public async Task A_key_that_is_refused_is_followed_by_the_next()
    {
        var provider = ProviderOf("openai", "sk-bad", "sk-secret");
        var asking = RefreshAsync(provider);
        await (await _server.RequestAsync()).AnswerAsync(401, "{}");
        var second = await _server.RequestAsync();
        await second.AnswerAsync(200, Two);
        await asking;

        Assert.Equal("Bearer sk-secret", second.Header("authorization"));
        Assert.Equal(["one", "two"], _catalog.Of(provider));
    }

    [Fact]
    public async Task What_a_provider_that_is_gone_has_said_is_forgotten()
    {
        var provider = ProviderOf("openai");
        await AnswerAsync(provider, 200, Two);

        await _catalog.RefreshAsync([], default);

        Assert.Empty(_catalog.Of(provider));
    }

    [Fact]
    public async Task Of_Azure_the_deployments_are_offered_and_nobody_is_asked()
    {
        var provider = new Provider(Options("azure-openai") with
        {
            Deployments = new Dictionary<string, string> { ["gpt-4o"] = "mine" },
        }, new KeyRing([]));

        await RefreshAsync(provider);

        Assert.Equal(["gpt-4o"], _catalog.Of(provider));
    }

    [Fact]
    public void A_hostile_list_is_bounded()
    {
        var many = string.Join(',', Enumerable.Range(0, 5_000).Select(at => $"{{\"id\":\"m{at}\"}}"));
        var odd = """{"data":[{"id":"a\u0000b"},{"id":7},{"id":""},7,{},{"id":"\ud800"},{"id":"good"}]}""";

        Assert.Equal(ModelNames.Most, Read($"[{many}]")!.Count);
        Assert.Equal(["good"], Read(odd));
        Assert.Empty(Read($$"""[{"id":"{{new string('x', 257)}}"}]""")!);
        Assert.Null(Read(new string('[', 500)));
        Assert.Null(ModelNames.Read([0x5B, 0x22, 0xFF, 0x22, 0x5D]));
    }

    private static IReadOnlyList<string>? Read(string text) => ModelNames.Read(Encoding.UTF8.GetBytes(text));

    private Task RefreshAsync(Provider provider) => _catalog.RefreshAsync([provider], default).AsTask();

    private async Task AnswerAsync(Provider provider, int status, string body)
    {
        var asking = RefreshAsync(provider);
        await (await _server.RequestAsync()).AnswerAsync(status, body);
        await asking.SoonAsync();
    }

    private ProviderOptions Options(string type) =>
        new() { Name = "a", Type = type, BaseUrl = _server.Url };

    private Provider ProviderOf(string type, params string[] keys) => new(
        Options(type),
        new KeyRing([.. (keys.Length > 0 ? keys : ["sk-secret"]).Select(key => new ApiKey(key, _time))]));
}

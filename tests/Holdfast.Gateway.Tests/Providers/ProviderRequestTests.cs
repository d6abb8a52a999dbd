using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Tests.Calls;

namespace Holdfast.Gateway.Tests.Providers;

/// <summary>What goes out to a provider.</summary>
public sealed class ProviderRequestTests : IDisposable
{
    private readonly ClientFixture _fixture = new();

    [Fact]
    public async Task The_body_is_posted_with_its_length_to_the_providers_address()
    {
        var server = await SentAsync();

        Assert.StartsWith("POST /v1/chat/completions HTTP/1.1\r\n", server.Head);
        Assert.Equal("""{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}]}""", server.Body);
        Assert.Equal("application/json", server.Header("content-type"));
        Assert.Equal(server.Body.Length.ToString(), server.Header("content-length"));
    }

    [Theory]
    [InlineData("openai", "authorization", "Bearer sk-1")]
    [InlineData("azure-openai", "api-key", "sk-1")]
    [InlineData("anthropic", "x-api-key", "sk-1")]
    public async Task The_key_goes_where_the_type_wants_it_and_nowhere_else(string type, string header, string value)
    {
        _fixture.Options = options => options with { Type = type };

        var server = await SentAsync(key: "sk-1");

        Assert.Equal(value, server.Header(header));
        Assert.Equal(2, server.Head.Split("sk-1").Length);
    }

    [Fact]
    public async Task Without_a_key_no_authorization_is_sent()
    {
        var server = await SentAsync();

        Assert.Null(server.Header("authorization"));
        Assert.Null(server.Header("x-api-key"));
    }

    [Theory]
    [InlineData(ChatCall.Plain, "application/json")]
    [InlineData(ChatCall.Streamed, "text/event-stream")]
    public async Task What_is_accepted_is_what_is_asked_for(string body, string accept)
    {
        var server = await SentAsync(body);

        Assert.Equal(accept, server.Header("accept"));
        Assert.Null(server.Header("accept-encoding"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("OpenAI/Python 1.2 (x; y)")]
    public async Task The_callers_agent_is_a_suffix_to_ours(string? agent)
    {
        _fixture.Headers = PassedHeaders.None with { UserAgent = agent };

        var sent = (await SentAsync()).Header("user-agent")!;

        Assert.Matches(@"^holdfast/\d+\.\d+\.\d+" + (agent is null ? "$" : " "), sent);
        Assert.EndsWith(agent ?? "", sent);
    }

    [Fact]
    public async Task The_passed_headers_go_on()
    {
        _fixture.Headers = new PassedHeaders("00-abc-def-01", "beta=1", null, null, null);

        var server = await SentAsync();

        Assert.Equal(("00-abc-def-01", "beta=1"), (server.Header("traceparent"), server.Header("openai-beta")));
    }

    [Fact]
    public async Task The_configured_headers_go_with_every_request()
    {
        _fixture.Options = options => options with { Headers = new Dictionary<string, string> { ["x-team"] = "a" } };

        Assert.Equal("a", (await SentAsync()).Header("x-team"));
    }

    [Fact]
    public async Task Nothing_else_is_sent()
    {
        var server = await SentAsync(key: "k");

        var names = server.Head.Split("\r\n").Skip(1).Select(line => line.Split(':')[0].ToLowerInvariant()).Order();
        Assert.Equal(
            ["accept", "authorization", "content-length", "content-type", "host", "user-agent"], names);
    }

    [Fact]
    public async Task A_providers_cookies_are_not_sent_back()
    {
        var first = _fixture.AttemptAsync();
        var server = await _fixture.Server.RequestAsync();
        await server.AnswerAndStayAsync(200, ClientFixture.Good, "set-cookie: a=b; path=/");
        Assert.NotNull((await first).Answer);

        var second = _fixture.AttemptAsync();
        await server.ReadRequestAsync();
        await server.AnswerAndStayAsync(200, ClientFixture.Good);

        Assert.NotNull((await second).Answer);
        Assert.Null(server.Header("cookie"));
    }

    [Fact]
    public async Task A_connection_is_used_again_after_a_whole_answer_and_after_an_error()
    {
        var first = _fixture.AttemptAsync();
        var server = await _fixture.Server.RequestAsync();
        await server.AnswerAndStayAsync(500, """{"error":"x"}""");
        Assert.NotNull((await first).Fault);

        var second = _fixture.AttemptAsync();
        await server.ReadRequestAsync();
        await server.AnswerAndStayAsync(200, ClientFixture.Good);

        Assert.NotNull((await second).Answer);
    }

    public void Dispose() => _fixture.Dispose();

    private async Task<ScriptedConnection> SentAsync(string body = ChatCall.Plain, string? key = null)
    {
        var attempt = _fixture.AttemptAsync(body, key);
        var server = await _fixture.Server.RequestAsync();
        await server.AnswerAsync(500, "{}");
        await attempt;
        return server;
    }
}

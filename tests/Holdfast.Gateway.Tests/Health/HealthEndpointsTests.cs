using Holdfast.Gateway.Health;
using Holdfast.Gateway.Security;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Gateway.Tests.Health;

public sealed class HealthEndpointsTests
{
    private readonly Readiness _readiness = new();

    [Fact]
    public async Task Before_it_listens_a_node_is_alive_and_neither_started_nor_ready()
    {
        Assert.Equal((200, 503, 503), await StatusesAsync());
        Assert.Equal("starting", _readiness.Word);
    }

    [Fact]
    public async Task A_serving_node_is_ready()
    {
        _readiness.Started();

        Assert.Equal((200, 200, 200), await StatusesAsync());
    }

    [Fact]
    public async Task A_draining_node_is_alive_and_started_but_not_ready()
    {
        _readiness.Started();
        _readiness.Draining();

        Assert.Equal((200, 200, 503), await StatusesAsync());
        Assert.Equal("draining", _readiness.Word);
    }

    [Fact]
    public async Task Anybody_gets_the_status_only()
    {
        var (_, body) = await AskAsync(endpoints => endpoints.ReadyAsync);

        Assert.Equal("""{"status":"unavailable"}""", body);
    }

    [Fact]
    public async Task Who_has_the_admin_key_gets_the_findings()
    {
        _readiness.Started();

        var (_, body) = await AskAsync(endpoints => endpoints.ReadyAsync, key: "admin-key");

        Assert.Equal("""{"status":"ok","phase":"serving","findings":["a/x: the circuit is Open"]}""", body);
    }

    [Fact]
    public async Task No_answer_is_kept_by_a_cache()
    {
        var (http, _) = await AskAsync(endpoints => endpoints.LiveAsync);

        Assert.Equal("no-store", http.Response.Headers.CacheControl);
    }

    [Fact]
    public async Task A_HEAD_gets_the_headers_only()
    {
        var (http, body) = await AskAsync(endpoints => endpoints.LiveAsync, method: "HEAD");

        Assert.Equal((200, ""), (http.Response.StatusCode, body));
    }

    private async Task<(int Live, int Startup, int Ready)> StatusesAsync() => (
        (await AskAsync(endpoints => endpoints.LiveAsync)).Http.Response.StatusCode,
        (await AskAsync(endpoints => endpoints.StartupAsync)).Http.Response.StatusCode,
        (await AskAsync(endpoints => endpoints.ReadyAsync)).Http.Response.StatusCode);

    private async Task<(HttpContext Http, string Body)> AskAsync(
        Func<HealthEndpoints, RequestDelegate> which, string? key = null, string method = "GET")
    {
        var http = new DefaultHttpContext { Request = { Method = method }, Response = { Body = new MemoryStream() } };
        http.Request.Headers["x-api-key"] = key;
        var access = new AccessPolicy(new ServerOptions(), "admin-key");
        await which(new HealthEndpoints(_readiness, () => access, () => ["a/x: the circuit is Open"]))(http);
        http.Response.Body.Position = 0;
        return (http, await new StreamReader(http.Response.Body).ReadToEndAsync());
    }
}

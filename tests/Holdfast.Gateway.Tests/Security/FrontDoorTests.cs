using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Security;
using Microsoft.AspNetCore.Http;

namespace Holdfast.Gateway.Tests.Security;

public sealed class FrontDoorTests
{
    private readonly CapturedLog<FrontDoor> _log = new();
    private readonly List<CallError> _refused = [];
    private readonly DefaultHttpContext _http = new()
    {
        Request = { Host = new HostString("localhost", 8080), Path = "/v1/x" },
    };

    [Theory]
    [InlineData("abc-1.2_Z")]
    [InlineData("0")]
    public async Task A_well_formed_request_id_is_kept_and_told(string id)
    {
        _http.Request.Headers["x-request-id"] = id;

        await EnterAsync(_ => Task.CompletedTask);

        Assert.Equal((id, id), (_http.TraceIdentifier, _http.Response.Headers["x-request-id"].ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("ä")]
    [InlineData("a\r\nb")]
    [InlineData("{129}")]
    public async Task Any_other_is_replaced(string id)
    {
        _http.Request.Headers["x-request-id"] = id == "{129}" ? new string('x', 129) : id;

        await EnterAsync(_ => Task.CompletedTask);

        Assert.Matches("^req_[0-9a-f]{32}$", _http.Response.Headers["x-request-id"].ToString());
    }

    [Fact]
    public async Task Every_request_without_an_id_gets_its_own()
    {
        await EnterAsync(_ => Task.CompletedTask);
        var first = _http.TraceIdentifier;

        await EnterAsync(_ => Task.CompletedTask);

        Assert.NotEqual(first, _http.TraceIdentifier);
    }

    [Fact]
    public async Task A_foreign_host_does_not_get_in()
    {
        _http.Request.Host = new HostString("evil.test");

        await EnterAsync(_ => throw new InvalidOperationException("got in"));

        Assert.Equal((403, "host_not_allowed"), (_refused.Single().Status, _refused.Single().Code));
    }

    [Fact]
    public async Task A_foreign_origin_does_not_get_in()
    {
        _http.Request.Headers.Origin = "https://evil.test";

        await EnterAsync(_ => throw new InvalidOperationException("got in"));

        Assert.Equal((403, "origin_not_allowed"), (_refused.Single().Status, _refused.Single().Code));
    }

    [Theory]
    [InlineData(404, "unknown_path")]
    [InlineData(405, "method_not_allowed")]
    [InlineData(418, null)]
    public async Task A_bare_status_gets_a_body(int status, string? code)
    {
        await EnterAsync(http =>
        {
            http.Response.StatusCode = status;
            return Task.CompletedTask;
        });

        Assert.Equal((status, code), (_refused.Single().Status, _refused.Single().Code));
    }

    [Fact]
    public async Task A_defect_is_a_500_that_is_logged_and_not_told()
    {
        await EnterAsync(_ => throw new InvalidOperationException("secret detail"));

        Assert.Equal((500, "internal_error"), (_refused.Single().Status, _refused.Single().Code));
        Assert.DoesNotContain("secret", _refused.Single().Message);
        Assert.Equal("secret detail", _log.Lines.Single().Exception!.Message);
    }

    [Theory]
    [InlineData(408, "request_timeout")]
    [InlineData(413, "request_too_large")]
    [InlineData(400, "invalid_request")]
    public async Task What_the_server_finds_wrong_with_a_body_is_the_callers_mistake(int status, string code)
    {
        await EnterAsync(_ => throw new BadHttpRequestException("x", status));

        Assert.Equal((status, code), (_refused.Single().Status, _refused.Single().Code));
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task Nobody_is_told_when_the_caller_has_left()
    {
        _http.RequestAborted = new CancellationToken(canceled: true);

        await EnterAsync(_ => throw new OperationCanceledException());

        Assert.Empty(_refused);
        Assert.Empty(_log.Lines);
    }

    [Theory]
    [InlineData("/metrics", 9, true)]
    [InlineData("/health/live", 9, true)]
    [InlineData("/", 9, true)]
    [InlineData("/v1/models", 9, false)]
    [InlineData("/metrics", 8080, false)]
    [InlineData("/v1/models", 8080, true)]
    [InlineData("/healthy", 8080, true)]
    public async Task With_addresses_of_its_own_administration_is_there_only(string path, int port, bool expected)
    {
        var entered = false;
        var door = new ManagementDoor(
            _ =>
            {
                entered = true;
                return Task.CompletedTask;
            },
            () => new ServerOptions { ManagementUrls = ["http://127.0.0.1:9"] }, RefuseAsync);
        _http.Request.Path = path;
        _http.Connection.LocalPort = port;

        await door.InvokeAsync(_http);

        Assert.Equal((expected, expected ? 0 : 1), (entered, _refused.Count));
    }

    private Task EnterAsync(RequestDelegate next) =>
        new FrontDoor(next, () => new HostPolicy(new ServerOptions()), RefuseAsync, _log).InvokeAsync(_http);

    private Task RefuseAsync(HttpContext http, CallError error)
    {
        _refused.Add(error);
        return Task.CompletedTask;
    }
}

using System.Net;
using System.Text;

namespace Holdfast.System.Tests.Gateway;

/// <summary>Bodies of every kind of size, streamed through real sockets both ways.</summary>
public sealed class PassThroughTests
{
    private const string Yaml = GatewayFixture.Once;

    [Fact]
    public async Task An_answer_reaches_its_caller_while_the_provider_still_sends_it()
    {
        var rest = new TaskCompletionSource();
        await using var server = new ScriptedServer(_ => new ScriptedAnswer(
            "HTTP/1.1 200 X\r\ncontent-type: audio/mpeg\r\ncontent-length: 8\r\n\r\nhalf"u8.ToArray(), Close: false)
        {
            Gate = rest.Task, Later = "rest"u8.ToArray(),
        });
        await using var gateway = await GatewayFixture.StartAsync(Yaml, server);
        using var request = To("GET", "/v1/files/f/content");

        using var response = await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();
        var first = new byte[4];
        await body.ReadExactlyAsync(first);
        rest.SetResult();
        var second = await new StreamReader(body).ReadToEndAsync();

        Assert.Equal(("half", "rest", 8L),
            (Encoding.ASCII.GetString(first), second, response.Content.Headers.ContentLength));
    }

    [Fact]
    public async Task A_cut_answer_is_never_taken_for_whole()
    {
        await using var server = new ScriptedServer(_ => new ScriptedAnswer(
            "HTTP/1.1 200 X\r\ncontent-type: audio/mpeg\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n"u8.ToArray(),
            Close: true));
        await using var gateway = await GatewayFixture.StartAsync(Yaml, server);
        using var request = To("GET", "/v1/files/f/content");

        using var response = await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_body_reaches_the_provider_while_the_caller_still_sends_it()
    {
        await using var gateway = await GatewayFixture.StartAsync(Yaml);
        var rest = new TaskCompletionSource();
        using var request = To("POST", "/v1/files", "openai");
        request.Content = new GatedContent(rest.Task);

        var sending = gateway.Client.SendAsync(request);
        await Waiting.UntilAsync(() => gateway.Simulator.Counters("openai").Requests == 1, "the upload arrives");
        rest.SetResult();
        using var response = await sending;

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("\"bytes\":8", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET /v1/files/../../control HTTP/1.1")]
    [InlineData("GET /v1/files/%2e%2e/%2e%2e/control HTTP/1.1")]
    [InlineData("GET /v1/files/..%2f..%2fcontrol HTTP/1.1")]
    [InlineData("GET /v1/files/%252e%252e%252fcontrol HTTP/1.1")]
    [InlineData("GET /v1/files/..%5ccontrol HTTP/1.1")]
    public async Task No_path_leads_out_of_a_providers_own(string line)
    {
        await using var gateway = await GatewayFixture.StartAsync(Yaml);

        var answer = await RawClient.AskAsync(gateway.Url,
            $"{line}\r\nhost: {gateway.Url.Authority}\r\nx-holdfast-provider: openai\r\nconnection: close\r\n\r\n");

        Assert.Equal(404, answer.Status);
        Assert.Equal(0, gateway.Simulator.Counters("openai").Requests);
    }

    [Theory]
    [InlineData("GET", "/v1/chat/completions", 405)]
    [InlineData("DELETE", "/v1/embeddings", 405)]
    [InlineData("PUT", "/v1/messages", 405)]
    [InlineData("POST", "/v1/models", 405)]
    [InlineData("DELETE", "/v1/models/openai/gpt-4o", 405)]
    [InlineData("POST", "/v1/async/chat/completions", 404)]
    [InlineData("GET", "/v1", 404)]
    [InlineData("GET", "/v2/files", 404)]
    public async Task The_gateways_own_paths_go_to_nobody(string method, string path, int status)
    {
        await using var gateway = await GatewayFixture.StartAsync(Yaml);
        using var request = To(method, path, "openai");

        using var response = await gateway.Client.SendAsync(request);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(status == 405, response.Content.Headers.Allow.Count > 0);
        Assert.Equal(0, gateway.Simulator.Counters("openai").Requests);
    }

    [Fact]
    public async Task Below_messages_errors_have_Anthropics_shape()
    {
        await using var gateway = await GatewayFixture.StartAsync(Yaml);
        using var request = To("GET", "/v1/messages/batches", "nobody");

        using var response = await gateway.Client.SendAsync(request);

        Assert.StartsWith("{\"type\":\"error\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static HttpRequestMessage To(string method, string path, string provider = "scripted") =>
        new(new HttpMethod(method), path) { Headers = { { "x-holdfast-provider", provider } } };

    /// <summary>A form of which the last bytes wait.</summary>
    private sealed class GatedContent : HttpContent
    {
        private readonly Task _gate;

        public GatedContent(Task gate)
        {
            _gate = gate;
            Headers.TryAddWithoutValidation("content-type", "multipart/form-data; boundary=x");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(
                "--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nhalf"u8.ToArray());
            await stream.FlushAsync();
            await _gate;
            await stream.WriteAsync("rest\r\n--x--\r\n"u8.ToArray());
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}

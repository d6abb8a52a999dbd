using Holdfast.Failover;
using Holdfast.Gateway.Providers;
using static Holdfast.Gateway.Tests.Providers.ClientFixture;

namespace Holdfast.Gateway.Tests.Providers.Ollama;

/// <summary>Streams of lines over a real socket, read by the client that reads all streams.</summary>
public sealed class OllamaClientTests : IDisposable
{
    private const string Head =
        "HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\nconnection: close\r\n\r\n";

    private static readonly string Hi = OllamaStream.Line("""{"role":"assistant","content":"Hi"}""") + "\n";

    private readonly ClientFixture _fixture = Fixture(new ProviderClientOptions());

    [Fact]
    public async Task Lines_are_asked_for_and_read()
    {
        var attempt = _fixture.AttemptAsync(Tests.Calls.ChatCall.Streamed);
        var server = await _fixture.Server.RequestAsync();
        await server.SendAsync(Head + Hi + OllamaStream.Done("stop") + "\n");
        server.Fin();
        var result = await attempt;

        var (step, text) = await ReadToEndAsync(result.Stream!);

        Assert.StartsWith("POST /api/chat HTTP/1.1", server.Head, StringComparison.Ordinal);
        Assert.Equal("application/x-ndjson", server.Header("accept"));
        Assert.Equal(StreamStep.Complete, step);
        Assert.Contains("\"content\":\"Hi\"", text, StringComparison.Ordinal);
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_last_line_needs_no_end()
    {
        var result = await _fixture.StreamAsync(async server =>
        {
            await server.SendAsync(Head + Hi + OllamaStream.Done("stop"));
            server.Fin();
        });

        Assert.Equal(StreamStep.Complete, (await ReadToEndAsync(result.Stream!)).Step);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"model\":\"qwen3:8b\",\"done\":tr")]
    public async Task A_stream_that_ends_before_it_is_done_is_cut(string rest)
    {
        var result = await _fixture.StreamAsync(async server =>
        {
            await server.SendAsync(Head + Hi + rest);
            server.Fin();
        });

        Assert.Equal(StreamStep.Broken, (await ReadToEndAsync(result.Stream!)).Step);
        Assert.Equal(Outcome.BadAnswer, result.Stream!.Fault!.Outcome);
    }

    [Fact]
    public async Task A_line_over_the_bound_breaks_the_stream()
    {
        using var fixture = Fixture(new ProviderClientOptions { MaxEventBytes = 20_000 });

        var result = await fixture.StreamAsync(async server =>
        {
            await server.SendAsync(Head + "{\"model\":\"" + new string('x', 60_000));
            await server.ClosedAsync();
        });

        Assert.Contains("20000 bytes", result.Fault!.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _fixture.Dispose();

    private static ClientFixture Fixture(ProviderClientOptions options) => new(options)
    {
        Options = given => given with { Type = "ollama", BaseUrl = new Uri(given.BaseUrl!, "/") },
    };
}

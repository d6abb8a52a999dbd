using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Holdfast.Simulator;

namespace Holdfast.System.Tests.Simulator;

/// <summary>A simulator on a free port and a client for it; each test has its own.</summary>
public abstract class SimulatorFixture : IAsyncLifetime
{
    protected const string Chat = """{"model":"gpt-4o","messages":[{"role":"user","content":"Tell me."}]}""";

    protected const string ChatStream =
        """{"model":"gpt-4o","stream":true,"messages":[{"role":"user","content":"Tell me."}]}""";

    protected const string Message =
        """{"model":"claude-sonnet-4-5","max_tokens":500,"messages":[{"role":"user","content":"Tell me."}]}""";

    protected ProviderSimulator Simulator { get; private set; } = null!;

    protected HttpClient Client { get; } = new() { Timeout = TimeSpan.FromSeconds(30) };

    public async Task InitializeAsync() => Simulator = await ProviderSimulator.StartAsync(
        new SimulatorOptions { Port = 0 }, TimeProvider.System, CancellationToken.None);

    public async Task DisposeAsync()
    {
        Client.Dispose();
        await Simulator.DisposeAsync();
    }

    protected static string Streamed(string request) => "{\"stream\":true," + request[1..];

    protected Uri Url(string provider) => new(Simulator.BaseUrl,
        provider == "anthropic" ? "/anthropic/v1/messages" : $"/{provider}/v1/chat/completions");

    protected Task<HttpResponseMessage> PostAsync(string provider, string body, string key = "a-key") =>
        PostAsync(Url(provider), body, key);

    protected async Task<HttpResponseMessage> PostAsync(Uri url, string body, string key = "a-key")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url);
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        request.Headers.TryAddWithoutValidation("anthropic-version", "2023-06-01");
        if (key.Length > 0)
        {
            request.Headers.TryAddWithoutValidation("authorization", $"Bearer {key}");
        }

        return await Client.SendAsync(request, HttpCompletionOption.ResponseContentRead);
    }

    protected async Task<JsonElement> AskAsync(string provider, string body)
    {
        using var response = await PostAsync(provider, body);
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>The data of each event of a stream, with its event's name in front where it has one.</summary>
    protected async Task<List<(string Event, string Data)>> StreamAsync(string provider, string body)
    {
        using var response = await PostAsync(provider, body);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        var text = await response.Content.ReadAsStringAsync();
        Assert.EndsWith("\n\n", text, StringComparison.Ordinal);
        return [.. text[..^2].Split("\n\n").Select(Parse)];
    }

    protected void Fail(string provider, string failures) =>
        Simulator.Set(provider, Behaviour.Parse("{\"failures\": {" + failures + "}}"));

    protected async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20), TimeProvider.System);
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, limit.Token);
        }
    }

    private static (string Event, string Data) Parse(string block)
    {
        var lines = block.Split('\n');
        var name = lines.FirstOrDefault(line => line.StartsWith("event: ", StringComparison.Ordinal));
        var data = lines.FirstOrDefault(line => line.StartsWith("data: ", StringComparison.Ordinal));
        return (name?[7..] ?? "", data?[6..] ?? block);
    }
}

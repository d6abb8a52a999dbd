using System.Net.Sockets;
using System.Text;
using Holdfast.Simulator;
using Holdfast.System.Tests.Gateway;

namespace Holdfast.System.Tests.Cli;

/// <summary>A directory, a simulator and a client for the tests of the executable.</summary>
public abstract class CliFixture : IAsyncLifetime
{
    protected string Root { get; } = Directory.CreateTempSubdirectory("holdfast-tests-").FullName;

    protected ProviderSimulator Simulator { get; private set; } = null!;

    protected HttpClient Client { get; } = new() { Timeout = TimeSpan.FromSeconds(30) };

    protected string ConfigurationPath => Path.Combine(Root, "holdfast.yaml");

    public async Task InitializeAsync() => Simulator = await ProviderSimulator.StartAsync(
        new SimulatorOptions { Port = 0 }, TimeProvider.System, CancellationToken.None);

    public async Task DisposeAsync()
    {
        Client.Dispose();
        await Simulator.DisposeAsync();
        Directory.Delete(Root, recursive: true);
    }

    /// <summary>A configuration whose one route goes to one target.</summary>
    protected string Configuration(string target, string server = "") => $$"""
        server: { urls: "http://127.0.0.1:0", dataDirectory: {{Root}}, adminKey: hf-admin-of-these-tests {{server}} }
        providers:
          openai: { type: openai, baseUrl: "{{Simulator.BaseUrl}}openai/v1", apiKey: sk-a-key-of-the-tests }
          groq: { type: groq, baseUrl: "{{Simulator.BaseUrl}}groq/v1", apiKey: gsk-a-key-of-the-tests }
        models:
          smart: { targets: [ {{target}} ] }
        """;

    protected void Configure(string yaml) => File.WriteAllText(ConfigurationPath, yaml);

    protected async Task<HttpResponseMessage> CallAsync(Uri gateway, bool stream = false)
    {
        using var content = new StringContent(GatewayFixture.Chat("smart", stream), Encoding.UTF8, "application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway, "/v1/chat/completions"));
        request.Content = content;
        return await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    protected async Task<string> ProviderAsync(Uri gateway)
    {
        using var response = await CallAsync(gateway);
        return response.IsSuccessStatusCode ? response.Headers.GetValues("x-holdfast-provider").Single() : "none";
    }

    protected async Task<string> MetricsAsync(Uri gateway)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway, "/metrics"));
        request.Headers.Authorization = new("Bearer", "hf-admin-of-these-tests");
        using var response = await Client.SendAsync(request);
        return await response.Content.ReadAsStringAsync();
    }

    protected static async Task<bool> IsRefusedAsync(Uri gateway)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(gateway.Host, gateway.Port);
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}

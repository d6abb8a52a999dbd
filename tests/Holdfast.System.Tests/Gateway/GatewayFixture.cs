using System.Net.Http.Headers;
using System.Text;
using Holdfast.Gateway;
using Holdfast.Gateway.Configuration;
using Holdfast.Simulator;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.System.Tests.Gateway;

/// <summary>A gateway on a free port with simulated providers behind it, and a client for it.</summary>
internal sealed class GatewayFixture : IAsyncDisposable
{
    public const string AdminKey = "hf-admin-of-these-tests";
    public const string MetricsKey = "metrics-of-these-tests";
    public const string OpenAiKey = "sk-proj-a-secret-of-openai";
    public const string GroqKey = "gsk-a-secret-of-groq";

    public const string Server = """
        server:
          urls: http://127.0.0.1:0
          metricsKey: metrics-of-these-tests
          origins: [ "https://app.example" ]
        logging: { level: none }
        providers:
          openai: { type: openai, baseUrl: "${SIM}/openai/v1", apiKey: sk-proj-a-secret-of-openai }
          groq: { type: groq, baseUrl: "${SIM}/groq/v1", apiKey: gsk-a-secret-of-groq }
          anthropic: { type: anthropic, baseUrl: "${SIM}/anthropic/v1", apiKey: sk-ant-a-secret }
          scripted: { type: openai-compatible, baseUrl: "${SCRIPTED:-http://127.0.0.1:9/v1}", apiKey: scripted-secret-key }
        models:
          smart: { targets: [ openai/gpt-4o, groq/llama-3 ] }
          alone: { targets: [ openai/gpt-4o ] }
          claude: { targets: [ anthropic/claude-sonnet-4-5 ] }
          scripted: { targets: [ scripted/any-model ] }

        """;

    /// <summary>
    /// One attempt at each target, with the usual patience: for tests in which nothing is meant to time out.
    /// </summary>
    public const string Once = Server + """
        defaults:
          retry: { maxRetries: 0, baseDelay: 1ms }

        """;

    /// <summary>Failures show at once: no repeats, short clocks.</summary>
    public const string Brief = Server + """
        defaults:
          retry: { maxRetries: 0, baseDelay: 1ms }
          timeouts: { firstToken: 1s, idle: 1s, attempt: 1200ms, call: 10s }

        """;

    private GatewayFixture(ProviderSimulator simulator, GatewayApp app)
    {
        Simulator = simulator;
        App = app;
        Url = new Uri(app.Urls[0]);
        Client = new HttpClient { BaseAddress = Url, Timeout = TimeSpan.FromSeconds(30) };
    }

    public ProviderSimulator Simulator { get; }

    public GatewayApp App { get; }

    public Uri Url { get; }

    public HttpClient Client { get; }

    /// <param name="yaml">
    /// The configuration; <c>${SIM}</c> is the simulator's address, <c>${SCRIPTED}</c> the scripted server's.
    /// </param>
    /// <param name="scripted">A provider written by the test.</param>
    /// <param name="time">The gateway's clock. Null: the system's.</param>
    public static async Task<GatewayFixture> StartAsync(
        string yaml, ScriptedServer? scripted = null, TimeProvider? time = null)
    {
        var simulator = await ProviderSimulator.StartAsync(
            new SimulatorOptions { Port = 0 }, TimeProvider.System, CancellationToken.None);
        var configuration = ConfigurationFile.Parse(yaml, "tests.yaml", name => name switch
        {
            "SIM" => simulator.BaseUrl.ToString().TrimEnd('/'),
            "SCRIPTED" => scripted?.Url.ToString(),
            _ => null,
        });
        Assert.Empty(configuration.Errors);
        var app = await GatewayApp.StartAsync(
            new GatewaySettings
            {
                Options = configuration.Options!.WithoutChecks(), AdminKey = AdminKey, Seed = 7,
                Time = time ?? TimeProvider.System,
            },
            CancellationToken.None);
        return new GatewayFixture(simulator, app);
    }

    /// <summary>Puts a changed configuration into force, as a reload does.</summary>
    public void Reconfigure(Func<HoldfastOptions, HoldfastOptions> change)
    {
        var holder = App.Services.GetRequiredService<ConfigurationHolder>();
        holder.Swap(change(holder.Current.Options));
    }

    /// <summary>A call's body.</summary>
    public static string Chat(string model, bool stream = false) =>
        $$"""{"model":"{{model}}","stream":{{(stream ? "true" : "false")}},"""
        + """ "messages":[{"role":"user","content":"Tell me."}]}""";

    public static HttpRequestMessage Request(string body, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json")),
        };
        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        return request;
    }

    public Task<HttpResponseMessage> PostAsync(string body, params (string Name, string Value)[] headers) =>
        Client.SendAsync(Request(body, headers));

    public Task<HttpResponseMessage> CallAsync(string model, bool stream = false,
        params (string Name, string Value)[] headers) => PostAsync(Chat(model, stream), headers);

    public async Task<HttpResponseMessage> GetAsync(string path, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (key is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        return await Client.SendAsync(request);
    }

    /// <summary>The page of <c>GET /metrics</c>, once all calls are booked.</summary>
    public async Task<string> MetricsAsync()
    {
        await App.BookedAsync();
        using var response = await GetAsync("/metrics", MetricsKey);
        return await response.Content.ReadAsStringAsync();
    }

    /// <summary>A failing behaviour, as the simulator's scenario writes it.</summary>
    public void Fail(string provider, string failures) =>
        Simulator.Set(provider, Behaviour.Parse("{\"failures\":{" + failures + "}}"));

    public void Heal(string provider) => Simulator.Set(provider, new Behaviour());

    /// <summary>Whatever came before, the gateway still does its work.</summary>
    public async Task AssertStillAnswersAsync()
    {
        using var response = await CallAsync("smart");
        Assert.Equal(200, (int)response.StatusCode);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await App.DisposeAsync();
        await Simulator.DisposeAsync();
    }
}

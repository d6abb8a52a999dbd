using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Holdfast.CircuitBreaking;
using Holdfast.Gateway;
using Holdfast.Gateway.Configuration;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Routing;
using Holdfast.Simulator;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace Holdfast.System.Tests.Gateway;

/// <summary>Thousands of calls while the configuration changes every 50 ms and every second change is broken.</summary>
[Trait("Category", "Slow")]
public sealed class ReloadUnderLoadTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Calls = 10_000;
    private const int Callers = 16;
    private const int FewestReloads = 40;
    private const string AdminKey = "hf-admin-of-these-tests";

    private static readonly TimeSpan BetweenReloads = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    // The route's one target, in turns. They announce no rate limits, which the gateway would keep to.
    private static readonly string[] Turns = ["gemini", "cohere", "perplexity"];

    private readonly string _directory = Directory.CreateTempSubdirectory("holdfast-").FullName;
    private readonly ConcurrentQueue<string> _wrong = new();
    private readonly ConcurrentDictionary<int, string> _targets = new();
    private readonly ConcurrentDictionary<string, int> _answers = new();
    private ProviderSimulator _simulator = null!;
    private GatewayApp _gateway = null!;
    private HttpClient _client = null!;
    private int _begun;
    private int _made;
    private int _reloads;
    private bool _isOver;

    private string ConfigurationPath => Path.Combine(_directory, "holdfast.yaml");

    private ConfigurationHolder Holder => _gateway.Services.GetRequiredService<ConfigurationHolder>();

    public async Task InitializeAsync()
    {
        _simulator = await ProviderSimulator.StartAsync(
            new SimulatorOptions { Port = 0 }, TimeProvider.System, CancellationToken.None);
        foreach (var provider in Turns)
        {
            _simulator.Set(provider, Behaviour.Parse("{\"firstTokenMs\": 1, \"tokensPerSecond\": 100000}"));
        }

        await File.WriteAllTextAsync(ConfigurationPath, Configuration(1));
        var loaded = ConfigurationFile.Load(ConfigurationPath, EnvironmentVariables.None);
        Assert.Empty(loaded.Errors);
        _gateway = await GatewayApp.StartAsync(new GatewaySettings
        {
            Options = loaded.Options!, AdminKey = AdminKey, Seed = 7, ConfigurationPath = ConfigurationPath,
            ContentHash = loaded.ContentHash, Environment = EnvironmentVariables.None,
        }, CancellationToken.None);
        Holder.OnChanged(now => _targets[now.Version] = now.Options.Models[0].Targets[0].Provider);
        _client = new HttpClient { BaseAddress = new Uri(_gateway.Urls[0]), Timeout = TimeSpan.FromSeconds(60) };
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _simulator.DisposeAsync();
        await _gateway.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task No_call_is_lost_or_misrouted_and_no_state_is_forgotten_while_reloads_come_every_50_ms()
    {
        await FailAsync();
        var began = TimeProvider.System.GetTimestamp();
        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);

        var reloading = ReloadAsync(limit.Token);
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => CallAsync(limit.Token)));
        Volatile.Write(ref _isOver, true);
        await reloading;

        output.WriteLine($"{_made} calls, {_reloads - _reloads / 2} reloads and {_reloads / 2} broken ones in "
            + $"{TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s");
        Assert.Empty(_wrong);
        Assert.True(_made >= Calls);
        Assert.All(Turns, provider => Assert.True(_answers[provider] > 0, provider));
        Assert.True(Holder.Current.Version > FewestReloads / 2);
        AssertStates();
    }

    /// <summary>A good one, then a broken one, and so on.</summary>
    private async Task ReloadAsync(CancellationToken limit)
    {
        var reloader = _gateway.Services.GetRequiredService<ConfigurationReloader>();
        while (!Volatile.Read(ref _isOver))
        {
            await Task.Delay(BetweenReloads, TimeProvider.System, limit);
            var isBroken = _reloads % 2 == 1;
            var next = Configuration(Holder.Current.Version + 1);
            // Half of a file, as an editor leaves it, or a key that doesn't exist.
            var broken = _reloads % 4 == 1 ? next[..(next.Length / 2)] + "\n  [" : next + "\nmodels2: {}";
            await File.WriteAllTextAsync(ConfigurationPath, isBroken ? broken : next, limit);
            var result = await reloader.ReloadNowAsync();
            if (result.Options is null != isBroken)
            {
                _wrong.Enqueue($"a reload: {string.Join("; ", result.Errors)}");
            }

            Interlocked.Increment(ref _reloads);
        }
    }

    private async Task CallAsync(CancellationToken limit)
    {
        while (Interlocked.Increment(ref _begun) <= Calls || Volatile.Read(ref _reloads) < FewestReloads)
        {
            // The version first: none that the call may find lies before it or between the two.
            var (first, before) = (Holder.Current.Version, InForce());
            using var response = await PostAsync("smart", limit);
            var (after, last) = (InForce(), Holder.Current.Version);
            Interlocked.Increment(ref _made);
            var provider = response.Headers.TryGetValues("x-holdfast-provider", out var values)
                ? values.Single()
                : "none";
            // A call that took longer than a reload may have found any route that was in force meanwhile.
            var allowed = Enumerable.Range(first, last - first + 1)
                .Select(version => _targets.GetValueOrDefault(version)).Append(before).Append(after);
            _answers.AddOrUpdate(provider, 1, (_, count) => count + 1);
            if (response.StatusCode != HttpStatusCode.OK || !allowed.Contains(provider))
            {
                _wrong.Enqueue($"{response.StatusCode} from {provider}, versions {first} to {last}");
            }
        }
    }

    /// <summary>The provider of the route that a call would find now.</summary>
    private string InForce() => _gateway.Services.GetRequiredService<Func<RouteTable>>()()
        .Find("smart")!.Targets[0].Provider.Name;

    private static string ProviderOf(int version) => Turns[version % Turns.Length];

    private string Configuration(int version) => $$"""
        server: { urls: "http://127.0.0.1:0", dataDirectory: {{_directory}}, adminKey: {{AdminKey}} }
        logging: { level: none }
        defaults:
          circuitBreaker: { failureThreshold: 1, recoveryTimeout: 1h, maxRecoveryTime: 1h }
          retry: { maxRetries: 0 }
          healthCheck: { interval: 0 }
        providers:
          {{string.Join("\n  ", Turns.Concat(["deepseek", "together", "xai"]).Select(Provider))}}
        models:
          smart: { targets: [ {{ProviderOf(version)}}/model ] }
          failing: { targets: [ deepseek/model ] }
          limited: { targets: [ together/model ] }
          poor: { targets: [ xai/model ] }
        """;

    private string Provider(string name) => $"{name}: {{ type: openai-compatible, apiKey: key-of-{name}, "
        + $"baseUrl: \"{_simulator.BaseUrl}{name}/v1\" }}";

    /// <summary>One circuit opens, one target rests, one key is held; nothing but a reload could undo it.</summary>
    private async Task FailAsync()
    {
        _simulator.Set("deepseek", Behaviour.Parse("{\"failures\": {\"status500\": 1}}"));
        _simulator.Set("together", Behaviour.Parse(
            "{\"failures\": {\"status429\": {\"share\": 1, \"retryAfter\": 900}}}"));
        foreach (var model in new[] { "failing", "limited", "poor" })
        {
            using var response = await PostAsync(model, CancellationToken.None);
        }

        KeyOf("xai").Hold();
        AssertStates();
    }

    private void AssertStates()
    {
        var targets = _gateway.Services.GetRequiredService<TargetStates>().All
            .ToDictionary(target => target.Provider);
        Assert.Equal(CircuitState.Open, targets["deepseek"].Breaker.State);
        Assert.True(targets["together"].Cooldown.Remaining > TimeSpan.Zero);
        Assert.True(KeyOf("xai").IsHeld);
    }

    private ApiKey KeyOf(string provider) => _gateway.Services.GetRequiredService<Func<RouteTable>>()()
        .Providers.Single(known => known.Name == provider).Keys.Keys.Single();

    private async Task<HttpResponseMessage> PostAsync(string model, CancellationToken cancellation)
    {
        using var content = new StringContent(GatewayFixture.Chat(model), Encoding.UTF8, "application/json");
        return await _client.PostAsync(new Uri("/v1/chat/completions", UriKind.Relative), content, cancellation);
    }
}

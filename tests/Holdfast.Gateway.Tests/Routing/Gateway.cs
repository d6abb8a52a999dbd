using Holdfast.Admission;
using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Routing;
using Holdfast.Gateway.Tests.Calls;
using Holdfast.Gateway.Tests.Providers;
using Holdfast.Modes;
using Holdfast.Retrying;

namespace Holdfast.Gateway.Tests.Routing;

/// <summary>
/// A dispatcher with its routes in front of scripted servers, one for each provider, and a clock that the test moves.
/// </summary>
internal sealed class Gateway : IDisposable
{
    private readonly ProviderClient _client;
    private readonly Dispatcher _dispatcher;
    private readonly KeyStates _keys;
    private readonly List<ProviderOptions> _providers = [];
    private readonly Dictionary<string, ScriptedServer> _servers = [];

    public Gateway()
    {
        Modes = new OperationModes(new ModeOptions(), Time);
        _client = new ProviderClient(Time, new ProviderClientOptions());
        _dispatcher = new Dispatcher(_client, new Backoff(new Random(1)), new TargetOrder(new Random(1)), Modes,
            Time);
        _keys = new KeyStates(Time);
        States = new TargetStates(Time);
    }

    public ManualTimeProvider Time { get; } = new();

    public TargetStates States { get; }

    public OperationModes Modes { get; }

    public CancellationTokenSource Caller { get; } = new();

    public RetryOptions Retry { get; set; } = new() { Jitter = false, MaxRetries = 0 };

    public CircuitBreakerOptions Circuit { get; set; } = new();

    public Func<RouteOptions, RouteOptions> RouteChange { get; set; } = route => route;

    public int Priority { get; set; } = AdmissionPriority.Normal;

    public string? Key { get; set; }

    public RouteTable Routes { get; private set; } = RouteTable.Empty;

    public CallRecord Record { get; private set; } = null!;

    public Dispatcher Dispatcher => _dispatcher;

    public ScriptedServer this[string provider] => _servers[provider];

    public Gateway With(string name, string type = "openai", params string[] keys)
    {
        _servers[name] = new ScriptedServer();
        _providers.Add(new ProviderOptions
        {
            Name = name,
            Type = type,
            BaseUrl = _servers[name].Url,
            ApiKeys = keys,
            CircuitBreaker = Circuit,
            Retry = Retry,
        });
        return this;
    }

    /// <summary>Every target of the route has these limits.</summary>
    public void Limit(AdmissionOptions queue) => RouteChange = route => route with
    {
        Targets = [.. route.Targets.Select(target => target with { Queue = queue })],
    };

    /// <summary>Makes the route <c>m</c> of all providers, in their order.</summary>
    public void Build()
    {
        var options = RouteChange(new RouteOptions
        {
            Name = "m",
            Retry = Retry,
            Targets = [.. _providers.Select(provider =>
                new TargetOptions { Provider = provider.Name, Model = "x", Retry = Retry })],
        });
        Routes = RouteTable.Build(_providers, [options], States, _keys, Time.GetUtcNow());
    }

    /// <summary>Starts a call on the route of all providers, in their order.</summary>
    public Task<DispatchResult> CallAsync(string body = ChatCall.Plain, TimeSpan? timeout = null)
    {
        Build();
        var call = ChatCall.Of(body, timeout: timeout, startedAt: Time.GetTimestamp(), priority: Priority, key: Key);
        Record = new CallRecord(call);
        return _dispatcher.DispatchAsync(call, Routes.Find("m")!, Record, Caller.Token).AsTask().SoonAsync();
    }

    /// <summary>The same for a call in any dialect.</summary>
    public Task<DispatchResult> CallAsync(CallRequest call)
    {
        Build();
        Record = new CallRecord(call);
        return _dispatcher.DispatchAsync(call, Routes.Find("m")!, Record, Caller.Token).AsTask().SoonAsync();
    }

    /// <summary>The next request at a provider is answered with a status.</summary>
    public async Task<ScriptedConnection> AnswerAsync(
        string provider, int status, string? body = null, params string[] headers)
    {
        var connection = await this[provider].RequestAsync();
        await connection.AnswerAsync(status, body ?? (status == 200 ? ClientFixture.Good : "{}"), headers);
        return connection;
    }

    /// <summary>A provider's circuit.</summary>
    public CircuitBreaker Breaker(string provider) =>
        States.All.Single(state => state.Provider == provider).Breaker;

    /// <summary>A provider's circuit is open, and its recovery time passes: what comes next are its probes.</summary>
    public void Recover(string provider)
    {
        Assert.Equal(CircuitState.Open, Breaker(provider).State);
        Time.Advance(Circuit.RecoveryTimeout);
    }

    public string Trail => AttemptedText.Of(Record);

    public void Dispose()
    {
        _client.Dispose();
        Caller.Dispose();
        foreach (var server in _servers.Values)
        {
            server.Dispose();
        }
    }
}

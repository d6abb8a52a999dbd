using Holdfast.CircuitBreaking;
using Holdfast.Gateway.Health;
using Holdfast.Gateway.Observability;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Tests.Providers;
using Holdfast.Health;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Gateway.Tests.Health;

/// <summary>A monitor over the models of one provider, a scripted server, with a clock that the test moves.</summary>
internal sealed class Watching : IDisposable
{
    private readonly ProviderClient _client;
    private readonly KeyStates _keys;

    public Watching()
    {
        _client = new ProviderClient(Time, new ProviderClientOptions());
        _keys = new KeyStates(Time);
        Probe = new HealthProbe(_client, Time, Meter);
        Monitor = new TargetMonitor(Probe, Time, Meter, NullLogger<TargetMonitor>.Instance);
        Monitor.Changed += Changes.Add;
    }

    public ManualTimeProvider Time { get; } = new();

    public GatewayMeter Meter { get; } = new();

    public ScriptedServer Server { get; } = new();

    public HealthProbe Probe { get; }

    public TargetMonitor Monitor { get; }

    public List<HealthChange> Changes { get; } = [];

    public HealthCheckOptions Check { get; set; } = new() { Interval = TimeSpan.Zero, Retries = 0 };

    public string Type { get; set; } = "openai";

    public string[] Keys { get; set; } = ["sk-secret"];

    /// <summary>A target of the scripted server.</summary>
    public WatchedTarget Target(string model = "x", CircuitBreaker? breaker = null)
    {
        var options = new ProviderOptions
        {
            Name = "p", Type = Type, BaseUrl = Server.Url, ApiKeys = Keys, HealthCheck = Check,
        };
        return new WatchedTarget(new Provider(options, _keys.RingFor(options)), model, Check,
            breaker ?? new CircuitBreaker("p/" + model, new CircuitBreakerOptions(), Time), ["m"]);
    }

    public void Watch(params IReadOnlyList<string> models) => Monitor.Watch([.. models.Select(model => Target(model))]);

    public ModelHealth Health(string model = "x") => Monitor.Of("p", model)!;

    /// <summary>What a check says when the server answers so: null, that somebody is there.</summary>
    public async Task<string?> AskAsync(int status, string body = """{"data":[]}""")
    {
        var asked = Probe.AskAsync(Target(), CancellationToken.None).AsTask();
        var request = await Server.RequestAsync();
        Request = request;
        await request.AnswerAsync(status, body);
        try
        {
            Assert.True(await asked.SoonAsync());
            return null;
        }
        catch (CheckFailedException failed)
        {
            return failed.Message;
        }
    }

    /// <summary>The last request of a check.</summary>
    public ScriptedConnection Request { get; private set; } = null!;

    public void Dispose()
    {
        Server.Dispose();
        _client.Dispose();
        Meter.Dispose();
    }
}

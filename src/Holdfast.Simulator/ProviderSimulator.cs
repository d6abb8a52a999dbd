using System.Net;
using System.Text;
using System.Text.Json;
using Holdfast.Simulator.Answers;
using Holdfast.Simulator.Anthropic;
using Holdfast.Simulator.OpenAi;
using Holdfast.Simulator.Providers;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Holdfast.Simulator;

/// <summary>
/// Simulated LLM providers on the loopback that speak the real wire formats and fail on purpose. All members may be
/// called from any thread; a changed behaviour holds for the requests that arrive after the change.
/// </summary>
public sealed class ProviderSimulator : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ProviderRegistry _providers;
    private int _stopped;

    private ProviderSimulator(WebApplication app, ProviderRegistry providers, int port)
    {
        _app = app;
        _providers = providers;
        BaseUrl = new Uri($"http://127.0.0.1:{port}");
    }

    /// <summary>Where all providers answer, each under its name, and <c>/control</c> does.</summary>
    public Uri BaseUrl { get; }

    /// <summary>The providers and where each answers.</summary>
    public IReadOnlyList<SimulatedProvider> Providers => _providers.Simulated;

    /// <summary>Starts listening on the loopback.</summary>
    /// <param name="options">Where, and how the providers behave at first.</param>
    /// <param name="time">Delays, outages and times in answers come from it.</param>
    /// <param name="ct">Cancels the start only.</param>
    /// <exception cref="IOException">A port is taken.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The ports are not in 0 to 65535.</exception>
    public static async Task<ProviderSimulator> StartAsync(
        SimulatorOptions options, TimeProvider time, CancellationToken ct)
    {
        var own = options.PortPerProvider ? ProviderTable.All.Count : 0;
        ArgumentOutOfRangeException.ThrowIfNegative(options.Port);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Port, IPEndPoint.MaxPort - own);
        var providers = new ProviderRegistry(options, time);
        var paths = new SimulatorPaths(providers, time);
        var listening = new List<ListenOptions>();

        // The empty builder reads neither files nor the environment and logs nothing.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IHostLifetime, SilentLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            for (var i = 0; i <= own; i++)
            {
                kestrel.Listen(IPAddress.Loopback, options.Port == 0 ? 0 : options.Port + i, endpoint =>
                {
                    endpoint.Protocols = HttpProtocols.Http1;
                    listening.Add(endpoint);
                });
            }
        });
        var app = builder.Build();
        app.Run(paths.RunAsync);
        try
        {
            await app.StartAsync(ct);
        }
        catch (IOException error) when (error.InnerException is AddressInUseException)
        {
            await app.DisposeAsync();
            var range = own == 0 ? $"port {options.Port}" : $"the ports {options.Port} to {options.Port + own}";
            throw new IOException($"The simulator cannot listen on 127.0.0.1 because {range} "
                + (own == 0 ? "is taken by another process." : "are taken in part by another process."), error);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        var ports = listening.Select(endpoint => endpoint.IPEndPoint!.Port).ToList();
        providers.Listening(ports[0], ports[1..]);
        return new ProviderSimulator(app, providers, ports[0]);
    }

    /// <summary>The behaviour that a provider has now.</summary>
    /// <exception cref="ArgumentException">There is no such provider.</exception>
    public Behaviour Get(string name) => Find(name).Plan.Behaviour;

    /// <summary>Changes a behaviour; its rolls and outages begin anew, its counters go on.</summary>
    /// <exception cref="ArgumentException">There is no such provider.</exception>
    public void Set(string name, Behaviour behaviour) => Find(name).Set(behaviour);

    /// <summary>What a provider has done.</summary>
    /// <exception cref="ArgumentException">There is no such provider.</exception>
    public ProviderCounters Counters(string name) => Find(name).Counters.Read();

    /// <summary>Zeroes a provider's counters.</summary>
    /// <exception cref="ArgumentException">There is no such provider.</exception>
    public void ResetCounters(string name) => Find(name).Counters.Reset();

    /// <summary>The last request of a provider as <c>GET /control/{provider}/last</c> shows it, or null.</summary>
    /// <exception cref="ArgumentException">There is no such provider.</exception>
    public string? LastRequest(string name) =>
        Find(name).Last.ToJson() is { } json ? Encoding.UTF8.GetString(json) : null;

    /// <summary>
    /// What a provider answers to a request, streamed or not: the text of the first choice or, where it calls tools,
    /// their arguments one after another.
    /// </summary>
    /// <param name="name">The provider.</param>
    /// <param name="requestJson">The request's body.</param>
    /// <exception cref="ArgumentException">There is no such provider, or it would refuse the request.</exception>
    public string ExpectedAnswer(string name, string requestJson)
    {
        var state = Find(name);
        using var document = JsonDocument.Parse(requestJson);
        var (question, problem) = state.Flavour.IsAnthropic
            ? MessagesRequest.Read(document.RootElement)
            : ChatRequest.Read(document.RootElement, null);
        if (question is null)
        {
            throw new ArgumentException(problem!.Message, nameof(requestJson));
        }

        var plan = state.Plan;
        var answer = AnswerMaker.Make(plan.Seed, question, plan.Behaviour, state.Flavour);
        return Encoding.UTF8.GetString(AnswerDigest.Said(answer));
    }

    /// <summary>Stops at once; calls still open are broken off.</summary>
    public async Task StopAsync()
    {
        if (Interlocked.Exchange(ref _stopped, 1) == 0)
        {
            await _app.StopAsync(new CancellationToken(canceled: true));
            await _app.DisposeAsync();
        }
    }

    /// <summary>The same as <see cref="StopAsync"/>.</summary>
    public async ValueTask DisposeAsync() => await StopAsync();

    private ProviderState Find(string name) => _providers.Find(name)
        ?? throw new ArgumentException(
            $"'{name}' is not a provider: allowed is {string.Join(", ", ProviderTable.Names)}", nameof(name));

    /// <summary>Signals of the process are the business of whoever starts the simulator.</summary>
    private sealed class SilentLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

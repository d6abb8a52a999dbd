using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Holdfast.Gateway;
using Holdfast.Gateway.Configuration;
using Holdfast.System.Tests.Clients;
using Holdfast.System.Tests.Gateway;

namespace Holdfast.System.Tests.Faults;

/// <summary>
/// A gateway and the scripted provider behind it. Each run has a route and a failing provider of its own, so that none
/// finds what another has left behind; the good provider is everybody's.
/// </summary>
internal sealed partial class FaultBench : IAsyncDisposable
{
    private readonly ScriptedServer _failing;
    private readonly ScriptedServer _good;
    private readonly Socket _deaf = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentDictionary<string, FaultRun> _runs = new();
    private readonly SemaphoreSlim _one = new(1);
    private GatewayApp? _app;

    private FaultBench(int port)
    {
        // Two ports, as two providers have: a broken connection to one must be no connection to the other.
        _failing = new ScriptedServer((request, connection) => ServeAsync(request, connection, true), port: port);
        _good = new ScriptedServer(
            (request, connection) => ServeAsync(request, connection, false), port: port == 0 ? 0 : port + 1);
        // Nobody listens here, and nobody else can.
        _deaf.Bind(new IPEndPoint(IPAddress.Loopback, 0));
    }

    public FaultClients Clients { get; private set; } = null!;

    /// <param name="runs">All runs that it will see.</param>
    /// <param name="session">The official clients.</param>
    public static async Task<FaultBench> StartAsync(IEnumerable<FaultRun> runs, Func<NodeSession> session)
    {
        var peer = FaultPeer.Given;
        var bench = new FaultBench(peer?.Listen ?? 0);
        if (peer is not null)
        {
            bench.Clients = new FaultClients(peer.Url, peer.Key, session);
            return bench;
        }

        var configuration = ConfigurationFile.Parse(bench.Yaml(runs), "faults.yaml", _ => null);
        Assert.Empty(configuration.Errors);
        bench._app = await GatewayApp.StartAsync(
            new GatewaySettings { Options = configuration.Options!.WithoutChecks(), AdminKey = "admin", Seed = 7 },
            CancellationToken.None);
        bench.Clients = new FaultClients(new Uri(bench._app.Urls[0]), "a-key", session);
        return bench;
    }

    /// <summary>Makes a run's call and looks at how it ended.</summary>
    public async Task RunAsync(FaultRun run)
    {
        _runs[run.Id] = run;
        var peer = FaultPeer.Given;
        if (peer is null)
        {
            await JudgeAsync(run, $"r{run.Number}", isOurs: true);
            return;
        }

        await _one.WaitAsync();
        try
        {
            await JudgeAsync(run, peer.ModelOf(run)!, isOurs: false);
            await Task.Delay(peer.RestAfter(run), TimeProvider.System);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>The provider knows the run from now on.</summary>
    public void Expect(FaultRun run) => _runs[run.Id] = run;

    public async ValueTask DisposeAsync()
    {
        await _failing.DisposeAsync();
        await _good.DisposeAsync();
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        _deaf.Dispose();
        _one.Dispose();
    }

    private async Task JudgeAsync(FaultRun run, string model, bool isOurs)
    {
        var outcome = default(FaultOutcome);
        try
        {
            outcome = await Clients.AskAsync(run, model);
            new FaultVerdict(run, outcome, isOurs).Check();
        }
        catch (Exception wrong)
        {
            var got = outcome is null ? "nothing" : FaultVerdict.Describe(outcome);
            throw new InvalidOperationException($"{run}\ngot {got}\n{wrong.Message}", wrong);
        }
    }

    private async Task<bool> ServeAsync(ScriptedRequest request, ScriptedConnection connection, bool isFirst)
    {
        if (!_runs.TryGetValue(RunId().Match(request.Body).Value, out var run))
        {
            // Somebody looks whether the provider is there.
            await connection.SendAsync(ScriptedAnswer.Json(200, "{}").Bytes);
            return true;
        }

        var fails = isFirst || run.Layout == FaultLayout.Down;
        var turn = new ProviderTurn(run, fails ? run.Voice : run.Face.Voice, KeyOf(request), connection, run.Draw());
        if (!fails)
        {
            await turn.SecondAsync();
            return true;
        }

        run.Asked();
        try
        {
            await run.Case.Play(turn);
        }
        catch (Exception gone) when (gone is IOException or SocketException)
        {
            // The gateway closed the connection while there was still something to say.
            run.SawClosed();
            throw;
        }

        return turn.IsOpen;
    }

    private static string KeyOf(ScriptedRequest request) => request.Head.Split("\r\n").FirstOrDefault(
        line => line.StartsWith("authorization:", StringComparison.OrdinalIgnoreCase)
            || line.StartsWith("x-api-key:", StringComparison.OrdinalIgnoreCase)
            || line.StartsWith("x-goog-api-key:", StringComparison.OrdinalIgnoreCase)) ?? "";

    private string Yaml(IEnumerable<FaultRun> runs)
    {
        var deaf = $"http://127.0.0.1:{((IPEndPoint)_deaf.LocalEndPoint!).Port}";
        var providers = new StringBuilder();
        var models = new StringBuilder();
        foreach (var face in FaultFace.All)
        {
            Provider(providers, $"s-{face.Name}", HostOf(_good), face.Voice, "a-key");
        }

        foreach (var run in runs)
        {
            Provider(providers, $"f{run.Number}", run.Case.IsRefused ? deaf : HostOf(_failing), run.Voice,
                run.Case.HasTwoKeys ? "a-key, another-key" : "a-key");
            if (run.Layout == FaultLayout.Down)
            {
                Provider(providers, $"g{run.Number}", run.Case.IsRefused ? deaf : HostOf(_good), run.Voice, "a-key");
            }

            models.Append(CultureInfo.InvariantCulture, $"  r{run.Number}: {{ targets: [ {Target(run, 'f')}");
            models.Append(run.Layout switch
            {
                FaultLayout.Pair => $", s-{run.Face.Name}/m",
                FaultLayout.Down => $", {Target(run, 'g')}",
                _ => "",
            }).Append(run.Case.Continues ? " ], continueStreams: true }\n" : " ] }\n");
        }

        // What isn't meant to strike is long enough for a machine that is busy with other things.
        return $$"""
            server: { urls: "http://127.0.0.1:0" }
            logging: { level: none }
            defaults:
              retry: { maxRetries: 0, baseDelay: 1ms }
              timeouts: { connect: 15s, firstToken: 15s, idle: 15s, attempt: 15s, call: 60s }
            providers:
            {{providers}}
            models:
            {{models}}
            """;
    }

    private static string HostOf(ScriptedServer server) => $"http://127.0.0.1:{server.Url.Port}";

    private static string Target(FaultRun run, char provider) =>
        $"{{ provider: {provider}{run.Number}, model: m" + run.Case.Clock switch
        {
            FaultClock.FirstToken => ", timeouts: { firstToken: 300ms, attempt: 300ms } }",
            FaultClock.Idle => ", timeouts: { idle: 300ms } }",
            _ when run.Case.MaxConcurrency > 0 => $", queue: {{ maxConcurrency: {run.Case.MaxConcurrency} }} }}",
            _ => " }",
        };

    private static void Provider(StringBuilder yaml, string name, string url, ProviderVoice voice, string keys) =>
        yaml.Append(CultureInfo.InvariantCulture,
            $"  {name}: {{ type: {voice.Type}, baseUrl: \"{url}{voice.Path}\", apiKeys: [{keys}]{voice.More} }}\n");

    [GeneratedRegex(@"run-\d+-\d+\.")]
    private static partial Regex RunId();
}

using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Holdfast.CircuitBreaking;
using Holdfast.Simulator;
using Xunit.Abstractions;
using static Holdfast.System.Tests.Clients.OfficialClients;

namespace Holdfast.System.Tests.Clients;

/// <summary>
/// The promise as a whole: with one provider refusing, one silent, one cutting streams and one healthy, every call
/// through an official SDK ends in the full answer or, only where a stream was cut after its first token, in an
/// exception. No truncated answer passes as complete.
/// </summary>
public sealed class EveryCallTests(ITestOutputHelper output)
{
    private const int Calls = 1_000;
    private const int Parallel = 16;
    private const string Cutting = "groq";
    private const string Healthy = "mistral";

    private const string Models = """
        models:
          smart: { targets: [refusing/gone, openai/gpt-4o, groq/llama-3.3-70b-versatile, mistral/mistral-large-latest] }
        logging: { level: warning }
        """;

    private static readonly Dictionary<string, string> UpstreamModels = new()
    {
        [Cutting] = "llama-3.3-70b-versatile",
        [Healthy] = "mistral-large-latest",
    };

    [Theory]
    [InlineData(Dotnet)]
    [InlineData(Npm)]
    public async Task Ends_in_the_whole_answer_or_raises_for_a_cut_stream(string sdk)
    {
        var seed = Seed();
        // Bound but not listening: nobody else gets the port, and every connection is refused.
        using var refusing = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        refusing.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using var gateway = await RunningGateway.StartAsync(Models, $$"""
            refusing: { type: openai-compatible, baseUrl: "http://{{refusing.LocalEndPoint}}/v1" }
            openai: { type: openai, baseUrl: URL(openai), apiKey: k, timeouts: { firstToken: 250ms, attempt: 250ms } }
            groq: { type: groq, baseUrl: URL(groq), apiKey: k, circuitBreaker: { failureThreshold: 1000 } }
            """, seed: seed);
        gateway.Fail("openai", "\"silent\": 1");
        gateway.Simulator.Set(Cutting, CutsOneInFive());
        var calls = Enumerable.Range(0, Calls)
            .Select(number => new ChatCall("smart", $"Question {number}: why?") { Stream = number % 2 == 0 }).ToList();

        var outcomes = await Named(sdk).AskAsync(
            new ClientSettings(gateway.Url) { MaxRetries = null }, calls, Parallel);

        var raised = 0;
        foreach (var (call, outcome) in calls.Zip(outcomes))
        {
            raised += Check(gateway, call, outcome) ? 0 : 1;
        }

        output.WriteLine($"{sdk}: {Calls - raised} answered, {raised} raised");
        await CheckCountsAsync(gateway, raised);
    }

    /// <summary>True for a whole answer, false for an exception where one may be; all else fails the test.</summary>
    private static bool Check(RunningGateway gateway, ChatCall call, ChatOutcome outcome)
    {
        Assert.NotNull(outcome.Provider);
        var whole = gateway.Simulator.ExpectedAnswer(
            outcome.Provider, call.RequestTo(UpstreamModels[outcome.Provider]));
        if (outcome.Error is null)
        {
            Assert.Equal(Digest(whole), Digest(outcome.Text));
            Assert.Equal("stop", outcome.FinishReason);
            return true;
        }

        Assert.True(call.Stream, $"a plain call raised: {outcome.Error}");
        Assert.Equal(Cutting, outcome.Provider);
        Assert.Null(outcome.FinishReason);
        Assert.StartsWith(outcome.Text, whole, StringComparison.Ordinal);
        Assert.True(outcome.Text.Length < whole.Length);
        return false;
    }

    private static async Task CheckCountsAsync(RunningGateway gateway, int raised)
    {
        // Every call was answered at once: no SDK had to come twice.
        Assert.Equal(Calls, await gateway.MetricAsync(Calls, "llm_requests_total"));
        Assert.Equal(raised, await gateway.MetricAsync("llm_requests_total", "status=\"error\""));

        // Each cut is accounted for: told to its caller, or repaired before anything had reached one.
        var cuts = gateway.Simulator.Counters(Cutting).Failures["cutAfter"];
        var told = await gateway.MetricAsync("holdfast_attempts_total", $"provider=\"{Cutting}\"", "outcome=\"cut\"");
        var repaired = await gateway.MetricAsync(
            "holdfast_attempts_total", $"provider=\"{Cutting}\"", "outcome=\"bad_answer\"");
        Assert.Equal(raised, told);
        Assert.Equal(cuts, told + repaired);
        Assert.InRange(raised, Calls / 20, Calls / 5);
        Assert.Equal(repaired, gateway.Simulator.Counters(Healthy).Succeeded);

        // The dead targets cost their first callers some time, and then nobody any more.
        Assert.Equal(CircuitState.Open, gateway.Target("refusing", "gone").Breaker.State);
        Assert.Equal(CircuitState.Open, gateway.Target("openai", "gpt-4o").Breaker.State);
        Assert.InRange(gateway.Simulator.Counters("openai").Requests, 5, 5 + Parallel);
    }

    private static Behaviour CutsOneInFive() => new()
    {
        Failures =
        [
            .. new[] { CutHow.Fin, CutHow.Rst }.Select(how => new Failure
            {
                Kind = FailureKind.CutAfter, Share = 0.1, Chunks = new CountRange(1, 5), How = how,
            }),
        ],
    };

    private int Seed()
    {
        var given = Environment.GetEnvironmentVariable("HOLDFAST_TEST_SEED");
        var seed = int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : RandomNumberGenerator.GetInt32(int.MaxValue);
        output.WriteLine($"HOLDFAST_TEST_SEED={seed}");
        return seed;
    }

    private static string Digest(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}

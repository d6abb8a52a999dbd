using System.Text;
using Holdfast.Bench.TraceLoad;
using Holdfast.Gateway.Health;
using Holdfast.Simulator;
using Holdfast.System.Tests.Conformance;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace Holdfast.System.Tests.Replay;

/// <summary>
/// What <c>bench/gateway/trace</c> shows in compressed time and with calls side by side, here call by call and with a
/// clock that jumps from one to the next: every third call of the hour, and the same figures.
/// </summary>
public sealed class TraceReplayTests(ITestOutputHelper output)
{
    private const int Seed = 1;
    private const double MaxRecoverySeconds = 300;

    // What the gateway does by a timer of its own, which doesn't run on a clock that jumps.
    private const double CheckSeconds = 30;

    // Every so many calls of the trace: its bursts and its silences stay.
    private const int Stride = 3;

    private const string Configuration = """
        defaults: { circuitBreaker: { maxRecoveryTime: 5m }, retry: { maxRetries: 0 } }
        models:
          smart: { targets: [primary/gpt-4o, backup/claude-sonnet-4-5] }
        """;

    private const string Providers = """
        primary: { type: openai, baseUrl: URL(openai), apiKey: any }
        backup: { type: anthropic, baseUrl: URL(anthropic), apiKey: any, priority: 2 }
        """;

    [SharedDataFact(SharedData.Trace)]
    public async Task An_hours_calls_ride_out_an_outage_of_their_primary()
    {
        output.WriteLine($"seed {Seed}");
        var traced = TracedCall.Read(File.ReadLines(SharedData.PathOf(SharedData.Trace)))
            .Where((_, number) => number % Stride == 0).ToList();
        var outage = (From: traced[^1].At / 3, Until: traced[^1].At * 2 / 3);
        var clock = new JumpingTime();
        await using var gateway = await RunningGateway.StartAsync(Configuration, Providers, "", Seed, null, clock);
        gateway.Simulator.Set("openai", new Behaviour
        {
            Seed = Seed,
            Failures =
            [
                new Failure { Kind = FailureKind.Status, Share = 0.03, Status = 500 },
                new Failure { Kind = FailureKind.Refuse, Share = 0.01 },
                new Failure { Kind = FailureKind.ErrorIn200, Share = 0.01 },
            ],
            Outages = [new Outage(TimeSpan.FromSeconds(outage.From), TimeSpan.FromSeconds(outage.Until))],
        });

        var (calls, looks) = await ReplayAsync(gateway, clock, traced);

        var findings = new TraceFindings(calls, looks, outage, MaxRecoverySeconds).All().ToList();
        findings.ForEach(finding => output.WriteLine(finding.ToString()));
        Assert.Contains(calls, call => call.Provider == "backup" && call.Traced.At < outage.From);
        Assert.DoesNotContain(calls, call =>
            call.Provider == "primary" && call.Traced.At >= outage.From && call.Traced.At < outage.Until);
        Assert.All(findings, finding => Assert.True(finding.Holds, finding.ToString()));
    }

    private static async Task<(List<ReplayedCall> Calls, List<Look> Looks)> ReplayAsync(
        RunningGateway gateway, JumpingTime clock, List<TracedCall> traced)
    {
        var calls = new List<ReplayedCall>();
        var looks = new List<Look> { default };
        var health = gateway.Services.GetRequiredService<TargetMonitor>();
        var checkAt = CheckSeconds;
        using var http = new HttpClient { BaseAddress = gateway.Url };
        foreach (var one in traced)
        {
            for (; checkAt < one.At; checkAt += CheckSeconds)
            {
                clock.JumpTo(TimeSpan.FromSeconds(checkAt));
                await health.CheckAsync(CancellationToken.None);
            }

            clock.JumpTo(TimeSpan.FromSeconds(one.At));
            var call = new ReplayedCall(one, Streamed: calls.Count % 2 == 1);
            using var body = new StringContent($$"""
                {"model": "smart", "max_tokens": 2, "stream": {{(call.Streamed ? "true" : "false")}},
                 "messages": [{"role": "user", "content": "Say it."}]}
                """, Encoding.UTF8, "application/json");
            using var response = await http.PostAsync(new Uri("/v1/chat/completions", UriKind.Relative), body);
            var answer = await response.Content.ReadAsStringAsync();
            call.IsGood = response.IsSuccessStatusCode && answer.Contains("finish_reason", StringComparison.Ordinal)
                && (!call.Streamed || answer.EndsWith("data: [DONE]\n\n", StringComparison.Ordinal));
            call.Provider = response.Headers.TryGetValues("x-holdfast-provider", out var by) ? by.Single() : null;
            calls.Add(call);
            looks.Add(new Look(one.At, calls.Count, calls.Count, gateway.Simulator.Counters("openai").Requests,
                gateway.Simulator.Counters("anthropic").Requests));
        }

        return (calls, looks);
    }

    /// <summary>Says what time it is in the trace; timers, which nothing here waits for, run as ever.</summary>
    private sealed class JumpingTime : TimeProvider
    {
        private static readonly DateTimeOffset Start = new(2023, 11, 16, 18, 17, 3, TimeSpan.Zero);

        private long _elapsed;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Volatile.Read(ref _elapsed);

        public override DateTimeOffset GetUtcNow() => Start.AddTicks(GetTimestamp());

        public void JumpTo(TimeSpan elapsed) => Volatile.Write(ref _elapsed, elapsed.Ticks);
    }
}

using Holdfast.System.Tests.Gateway;
using Xunit.Abstractions;

namespace Holdfast.System.Tests.Faults;

/// <summary>
/// Everything that goes wrong at a provider, on a bare socket and byte for byte, and what the caller has in the end:
/// the next target's whole answer, or the text so far and one explicit error. Each row asks over a socket and through
/// the official client, with another target behind the one that fails and without.
/// </summary>
[Trait("Category", "Faults")]
public sealed class FaultTests(FaultRuns runs, ITestOutputHelper output) : IClassFixture<FaultRuns>
{
    /// <summary>What is promised between a caller's leaving and the end of its call upstream.</summary>
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(1);

    /// <summary>How often it is tried: a busy machine may break the promise, the gateway may not.</summary>
    private const int Tries = 5;

    /// <summary>Case, face, streamed or plain, seed.</summary>
    public static TheoryData<string, string, string, int> Rows => Of(FaultCases.All);

    public static TheoryData<string, string, string, int> Leavings => Of(LeavingCases.All);

    [Theory, MemberData(nameof(Rows))]
    public async Task No_answer_is_lost_and_none_is_false(string fault, string face, string way, int seed)
    {
        output.WriteLine($"HOLDFAST_TEST_SEED={seed}");
        var bench = await runs.BenchAsync(seed);

        await Task.WhenAll(Variants(fault, face, way, seed).Select(bench.RunAsync));
    }

    [Theory, MemberData(nameof(Leavings))]
    public async Task A_caller_that_leaves_takes_its_upstream_call_along_and_leaves_its_place_free(
        string fault, string face, string way, int seed)
    {
        output.WriteLine($"HOLDFAST_TEST_SEED={seed}");
        var bench = await runs.BenchAsync(seed);

        foreach (var run in Variants(fault, face, way, seed))
        {
            bench.Expect(run);
            var tries = new List<TimeSpan>();
            do
            {
                run.StartOver();
                tries.Add(await LeaveAsync(bench, run));
            }
            while (tries[^1] > Promised && tries.Count < Tries);

            var all = string.Join(", ", tries.Select(one => $"{one.TotalMilliseconds:0} ms"));
            output.WriteLine($"{run}: closed after {all}");
            Assert.True(tries[^1] <= Promised, $"{run}: closed after {all}");
            run.HasLeft = true;

            // The target has one place, and it is free.
            await bench.RunAsync(run);
        }
    }

    /// <returns>How long after the caller's leaving the provider sees its connection closed.</returns>
    private static async Task<TimeSpan> LeaveAsync(FaultBench bench, FaultRun run)
    {
        var leavesAfter = run.Case.LeavesAfter;
        using var client = await bench.Clients.SendAsync(run, $"r{run.Number}", withheld: leavesAfter == 0 ? 9 : 0);
        await Waiting.UntilAsync(() => run.Requests == leavesAfter, "the provider is asked");
        if (run.Case.Name.EndsWith("stream", StringComparison.Ordinal))
        {
            var head = await client.ReadHeadAsync();
            Assert.Equal(200, head.Status);
            run.Saw(int.MaxValue);
        }

        var leftAt = TimeProvider.System.GetTimestamp();
        if (run.Client == FaultRun.Raw)
        {
            client.Reset();
        }

        client.Dispose();
        var closedAt = leavesAfter == 0 ? leftAt
            : await run.Closed.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
        Assert.Equal(leavesAfter, run.Requests);
        return TimeProvider.System.GetElapsedTime(leftAt, closedAt);
    }

    private static TheoryData<string, string, string, int> Of(IReadOnlyList<FaultCase> cases)
    {
        var rows = new TheoryData<string, string, string, int>();
        foreach (var seed in FaultRuns.Seeds)
        {
            foreach (var row in FaultRuns.Of(seed).Where(run => cases.Contains(run.Case) && IsOffered(run))
                .Select(run => (run.Case.Name, run.Face.Name, Way(run))).Distinct())
            {
                rows.Add(row.Item1, row.Item2, row.Item3, seed);
            }
        }

        return rows;
    }

    private static IEnumerable<FaultRun> Variants(string fault, string face, string way, int seed) =>
        FaultRuns.Of(seed).Where(run =>
            run.Case.Name == fault && run.Face.Name == face && Way(run) == way && IsOffered(run));

    private static bool IsOffered(FaultRun run) => FaultPeer.Given is not { } peer || peer.ModelOf(run) is not null;

    private static string Way(FaultRun run) => run.Streamed ? "streamed" : "plain";
}

using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Holdfast.System.Tests.Clients;

namespace Holdfast.System.Tests.Faults;

/// <summary>All variants of all cases for the seeds that are asked for, and the gateway of each seed.</summary>
public sealed class FaultRuns : IAsyncLifetime
{
    /// <summary>
    /// <c>HOLDFAST_TEST_SEED</c> is the first seed, else it is drawn; <c>HOLDFAST_TEST_SEEDS</c> says how many.
    /// </summary>
    internal static readonly IReadOnlyList<int> Seeds = ReadSeeds();

    private static readonly ConcurrentDictionary<int, IReadOnlyList<FaultRun>> Made = new();

    private readonly ConcurrentDictionary<int, Lazy<Task<FaultBench>>> _benches = new();
    private readonly Lazy<NodeSession> _session = new(() => NodeSession.Start("faults.mjs"));

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var bench in _benches.Values)
        {
            await (await bench.Value).DisposeAsync();
        }

        if (_session.IsValueCreated)
        {
            await _session.Value.DisposeAsync();
        }
    }

    internal static IReadOnlyList<FaultRun> Of(int seed) => Made.GetOrAdd(seed, _ => [.. Make(seed)]);

    internal Task<FaultBench> BenchAsync(int seed) => _benches.GetOrAdd(seed,
        one => new Lazy<Task<FaultBench>>(() => FaultBench.StartAsync(Of(one), () => _session.Value))).Value;

    private static IEnumerable<FaultRun> Make(int seed)
    {
        var number = 0;
        foreach (var one in FaultCases.All.Concat(LeavingCases.All))
        {
            foreach (var face in FaultFace.All.Where(face => face.Has(one)))
            {
                foreach (var streamed in new[] { false, true }.Where(value => value ? one.Streamed : one.Plain))
                {
                    foreach (var layout in Layouts(one))
                    {
                        foreach (var client in new[] { FaultRun.Raw, FaultRun.Sdk }.Take(face.IsBare ? 1 : 2))
                        {
                            yield return new FaultRun(
                                one, face, one.Voice ?? face.Voice, streamed, layout, client, seed, number++);
                        }
                    }
                }
            }
        }
    }

    private static FaultLayout[] Layouts(FaultCase one) =>
        // Alone a call waits for its place instead of going elsewhere.
        one.MaxConcurrency > 0 ? [one.LeavesAfter == 2 ? FaultLayout.Down : FaultLayout.Alone]
        : one.AlsoDown ? [FaultLayout.Pair, FaultLayout.Alone, FaultLayout.Down]
        : one.Ending is FaultEnding.Elsewhere or FaultEnding.Cut or FaultEnding.Passed
            ? [FaultLayout.Pair, FaultLayout.Alone]
        : [FaultLayout.Pair];

    private static int[] ReadSeeds()
    {
        var given = Environment.GetEnvironmentVariable("HOLDFAST_TEST_SEED");
        var first = given is { Length: > 0 }
            ? int.Parse(given, CultureInfo.InvariantCulture) : RandomNumberGenerator.GetInt32(1_000_000);
        var many = Environment.GetEnvironmentVariable("HOLDFAST_TEST_SEEDS");
        var count = many is { Length: > 0 } ? int.Parse(many, CultureInfo.InvariantCulture) : 1;
        return [.. Enumerable.Range(first, count)];
    }
}

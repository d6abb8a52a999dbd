using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace Holdfast.System.Tests.Bench;

/// <summary>
/// What a call may allocate beyond the bare pass-through, measured in a process of its own by the benchmarks' program.
/// The budget leaves room for noise: lower it when the gateway gets leaner. Only plain calls have one: what a stream
/// allocates depends on how its bytes arrive, and that on what else the machine does.
/// </summary>
[Trait("Category", "Slow")]
public sealed class AllocationBudgetTests(ITestOutputHelper output)
{
    private const int BytesPerPlainCall = 4_700;

    [Fact]
    public async Task A_plain_call_stays_within_its_bytes()
    {
        var more = await MeasureAsync();

        Assert.True(more["plain"] <= BytesPerPlainCall, $"plain: {more["plain"]} B more than bare");
    }

    /// <summary>Bytes beyond bare, by case.</summary>
    private async Task<Dictionary<string, double>> MeasureAsync()
    {
        var program = Path.Combine(Repository.Root, "bench", "Holdfast.Benchmarks", "bin", "Release", "net10.0",
            "Holdfast.Benchmarks.dll");
        Assert.True(File.Exists(program), $"build the solution first: {program} is missing");
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3), TimeProvider.System);
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, "allocations", "--tsv"])
        {
            RedirectStandardOutput = true,
        })!;
        try
        {
            var text = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            output.WriteLine(text);
            return text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split('\t'))
                .ToDictionary(cells => cells[0], cells => double.Parse(cells[3], CultureInfo.InvariantCulture));
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}

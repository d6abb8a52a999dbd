using System.Diagnostics;
using System.Globalization;

namespace Holdfast.Bench.StreamLoad;

/// <summary>Looks at a process's resident memory while streams are open.</summary>
/// <param name="pid">The process; 0: none.</param>
/// <param name="collects">It collects its garbage at a SIGUSR1.</param>
internal sealed class MemoryWatch(int pid, bool collects)
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(5);
    private const int Steps = 20;

    private readonly List<long> _held = [];

    /// <summary>Bytes at their most.</summary>
    public long Most { get; private set; }

    /// <summary>Bytes once garbage was collected, the median of all looks; of what collects none, the most.</summary>
    public long Held => _held.Count > 0 ? _held.Order().ElementAt(_held.Count / 2) : Most;

    /// <summary>Forgets what was held; what comes now is more or fewer streams.</summary>
    public void Forget() => _held.Clear();

    public async Task LookAsync()
    {
        Most = Math.Max(Most, WatchedProcess.ResidentMemory(pid));
        if (!collects)
        {
            return;
        }

        using (var kill = Process.Start("kill", ["-USR1", pid.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }

        // The least is what it has directly after the collection, whenever that was.
        var least = long.MaxValue;
        for (var step = 0; step < Steps; step++)
        {
            await Task.Delay(Step, TimeProvider.System);
            least = Math.Min(least, WatchedProcess.ResidentMemory(pid));
        }

        _held.Add(least);
    }
}

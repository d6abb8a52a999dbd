using System.Globalization;

namespace Holdfast.Bench.StreamLoad;

/// <summary>What <c>/proc</c> tells of another process; nothing of process 0.</summary>
internal static class WatchedProcess
{
    private const double TicksPerSecond = 100;

    /// <summary>Bytes of it that are in memory now.</summary>
    public static long ResidentMemory(int pid)
    {
        if (pid == 0)
        {
            return 0;
        }

        var line = File.ReadLines($"/proc/{pid}/status")
            .First(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
        var kilobytes = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        return long.Parse(kilobytes, CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>Processor time that it has used, the kernel's for it included, in steps of 10 ms.</summary>
    public static TimeSpan ProcessorTime(int pid)
    {
        if (pid == 0)
        {
            return TimeSpan.Zero;
        }

        // Behind the name, which may hold anything: utime and stime are the 14th and 15th field of all.
        var text = File.ReadAllText($"/proc/{pid}/stat");
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        var ticks = long.Parse(fields[11], CultureInfo.InvariantCulture)
            + long.Parse(fields[12], CultureInfo.InvariantCulture);
        return TimeSpan.FromSeconds(ticks / TicksPerSecond);
    }
}

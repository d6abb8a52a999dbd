using System.Globalization;

namespace Holdfast.Bench.StreamLoad;

internal static class ResidentMemory
{
    /// <summary>Bytes of a process that are in memory now, by <c>/proc</c>; 0 for process 0.</summary>
    public static long OfProcess(int pid)
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
}

using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Holdfast.Bench.StreamLoad;

// rate URL:    sends plain calls at a fixed rate, however long answers take, and says how long they took.
// streams URL: keeps a number of streams open and says how long their first tokens took, and what memory grew by for
//              each from a quarter of that number to all of it.
// Both print one line of tab-separated numbers.
if (args.Length < 2 || !Uri.TryCreate(args[1], UriKind.Absolute, out var url))
{
    await Console.Error.WriteLineAsync(
        "usage: StreamLoad rate|streams URL --body FILE [--key KEY] [--seconds N] [--rate N] [--open N] [--pid PID]");
    return 2;
}

var request = LoadClient.Request(url, await File.ReadAllTextAsync(Text("--body")!), Text("--key"));
var length = TimeSpan.FromSeconds(Number("--seconds", 5));
using var client = new LoadClient(url, request);
switch (args[0])
{
    case "rate":
        var took = await client.AtRateAsync(Number("--rate", 1000), length);
        Print(took.Sent, client.Failures, took.Times);
        return 0;
    case "streams":
        var open = Number("--open", 200);
        var few = Math.Max(1, open / 4);
        var pid = Number("--pid", 0);
        var most = 0L;
        for (var turn = 0; turn < 3; turn++)
        {
            // With rests between: only then does the runtime compile the final code.
            await client.OpenStreamsAsync(few, TimeSpan.FromSeconds(2), Look);
            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System);
        }

        var before = most;
        var firstTokens = await client.OpenStreamsAsync(open, length, Look);
        Print(firstTokens.Count, client.Failures, firstTokens);
        Console.Write(FormattableString.Invariant($"\t{before / 1024}\t{(most - before) / (open - few)}"));
        return 0;

        void Look() => most = Math.Max(most, ResidentMemory.OfProcess(pid));
    default:
        return 2;
}

static void Print(int count, int failures, List<TimeSpan> times)
{
    times.Sort();
    Console.Write(FormattableString.Invariant(
        $"{count}\t{failures}\t{At(times, 0.5):0}\t{At(times, 0.9):0}\t{At(times, 0.99):0}\t{At(times, 1):0}"));
}

static double At(List<TimeSpan> sorted, double share) =>
    sorted.Count == 0 ? 0 : sorted[(int)Math.Min(sorted.Count - 1, share * sorted.Count)].TotalMicroseconds;

[return: NotNullIfNotNull(nameof(otherwise))]
string? Text(string name, string? otherwise = null)
{
    var at = Array.IndexOf(args, name);
    return at < 0 ? otherwise : args[at + 1];
}

int Number(string name, int otherwise) =>
    int.Parse(Text(name, otherwise.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);

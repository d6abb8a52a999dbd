using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Holdfast.Bench.StreamLoad;

// rate URL:    sends plain calls at a fixed rate, however long answers take, and says how long they took.
// streams URL: keeps a number of streams open and says how long their first tokens took, how long it was from one read
//              of tokens to the next, what memory grew by for each from a quarter of that number to all of it, and the
//              processor time that each took. With --collect the process is told to collect its garbage before.
// Both print one line of tab-separated numbers.
if (args.Length < 2 || !Uri.TryCreate(args[1], UriKind.Absolute, out var url))
{
    await Console.Error.WriteLineAsync(
        "usage: StreamLoad rate|streams URL --body FILE [--key KEY] [--seconds N] [--rate N] [--open N] [--seed N] "
        + "[--pid PID] [--collect]");
    return 2;
}

var request = LoadClient.Request(url, await File.ReadAllTextAsync(Text("--body")!), Text("--key"));
var length = TimeSpan.FromSeconds(Number("--seconds", 5));
using var client = new LoadClient(url, request);
switch (args[0])
{
    case "rate":
        var took = await client.AtRateAsync(Number("--rate", 1000), length);
        Console.Write(Figures.Of(took.Sent, client.Failures, took.Times));
        return 0;
    case "streams":
        var pid = Number("--pid", 0);
        var memory = new MemoryWatch(pid, args.Contains("--collect"));
        Console.Write(
            await OpenStreams.RunAsync(client, Number("--open", 200), length, Number("--seed", 1), pid, memory));
        return 0;
    default:
        return 2;
}

[return: NotNullIfNotNull(nameof(otherwise))]
string? Text(string name, string? otherwise = null)
{
    var at = Array.IndexOf(args, name);
    return at < 0 ? otherwise : args[at + 1];
}

int Number(string name, int otherwise) =>
    int.Parse(Text(name, otherwise.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);

using System.Globalization;
using System.Text;
using Holdfast.Bench;
using Holdfast.Bench.OverloadLoad;
using Holdfast.Bench.StreamLoad;

// Calls a gateway at a rate of its own, whatever becomes of the calls: calm, a minute of three times what can be
// served, calm again. Says what held, and draws it. Ends with 1 when something did not hold.
if (args.Length == 0 || !Uri.TryCreate(args[0], UriKind.Absolute, out var url))
{
    await Console.Error.WriteLineAsync("usage: OverloadLoad URL --body FILE --key KEY --pid PID --capacity CALLS "
        + "--service-ms MS --high-limit-ms MS [--overload SECONDS] [--calm SECONDS] [--seed N] [--plot FILE]");
    return 2;
}

var seed = Number("--seed", 1);
var pid = Number("--pid", 0);
var phases = new Phases(Number("--capacity", 300), Number("--calm", 15), Number("--overload", 60));
var calls = phases.Plan(new Random(seed));
var memory = new List<(double At, long Bytes)>();
using var load = new Load(url, Encoding.UTF8.GetBytes(await File.ReadAllTextAsync(Text("--body")!)), Text("--key")!);
for (var turn = 0; turn < 5; turn++)
{
    await load.WarmUpAsync(200);
}

await load.RunAsync(calls, now =>
{
    if (memory.Count == 0 || now - memory[^1].At >= 0.5)
    {
        memory.Add((now, WatchedProcess.ResidentMemory(pid)));
    }
});

var findings = new Findings(phases, calls, memory, Number("--service-ms", 100) / 1000d,
    Number("--high-limit-ms", 1000) / 1000d);
Console.WriteLine($"Seed {seed}; {calls.Count} calls.\n");
var held = Finding.Print(findings.All(), Console.Out);
Console.WriteLine("\nCalls of the overload:\n\n| priority | asked | answered | refused | answered p50 ms | p99 ms | "
    + "refused p50 ms | p90 ms | p99 ms |");
Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
Console.WriteLine(findings.Counts());
var (late, latest) = (findings.SentLate(0.5), findings.SentLate(0.99));
Console.WriteLine(FormattableString.Invariant(
    $"\nThe load itself was late, which counts, by {late:0.0} ms (p50) and {latest:0.0} ms (p99)."));
if (Text("--plot") is { } plot)
{
    await File.WriteAllTextAsync(plot, new Plot(phases, calls).Draw());
}

return held ? 0 : 1;

string? Text(string name)
{
    var at = Array.IndexOf(args, name);
    return at < 0 ? null : args[at + 1];
}

int Number(string name, int otherwise) =>
    Text(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

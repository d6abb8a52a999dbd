using System.Globalization;
using Holdfast.Bench;
using Holdfast.Bench.TraceLoad;
using Holdfast.Simulator;

// Replays a trace of real calls through a gateway, in compressed time, and is both of its providers. The primary fails
// now and then throughout, and is out for the middle third. Says what held, and draws it. Ends with 1 when something
// did not hold.
if (args.Length == 0 || !Uri.TryCreate(args[0], UriKind.Absolute, out var url))
{
    await Console.Error.WriteLineAsync("usage: TraceLoad URL --trace FILE --key KEY --port PORT [--compression N] "
        + "[--max-recovery SECONDS] [--outage status503|refuse|silent] [--seed N] [--plot FILE]");
    return 2;
}

var traced = TracedCall.Read(await File.ReadAllLinesAsync(Text("--trace")!));
var calls = traced.Select((call, number) => new ReplayedCall(call, Streamed: number % 2 == 1)).ToList();
var outage = (From: traced[^1].At / 3, Until: traced[^1].At * 2 / 3);
var mode = Text("--outage") ?? "status503";
var maxRecovery = Number("--max-recovery", 300);
var providers = new TracedProviders(
    Number("--compression", 30), Number("--seed", 1), traced.Max(call => call.GeneratedTokens));

await using var simulator = await ProviderSimulator.StartAsync(
    new SimulatorOptions { Port = Number("--port", 0) }, TimeProvider.System, CancellationToken.None);
simulator.Set(TracedProviders.Primary, providers.Good);
simulator.Set(TracedProviders.Backup, providers.Good);
using var replay = new Replay(url, Text("--key")!, providers.Compression);
await replay.WarmUpAsync("primary/gpt-4o", "backup/claude-sonnet-4-5");

simulator.ResetCounters(TracedProviders.Primary);
simulator.ResetCounters(TracedProviders.Backup);
var looks = new List<Look> { default };
simulator.Set(TracedProviders.Primary, providers.Failing(outage, mode));
await replay.RunAsync(calls, (now, asked, ended) =>
{
    if (now - looks[^1].At >= 1 || ended == calls.Count)
    {
        looks.Add(new Look(now, asked, ended, simulator.Counters(TracedProviders.Primary).Requests,
            simulator.Counters(TracedProviders.Backup).Requests));
    }
});

Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
    $"Seed {providers.Seed}; {calls.Count} calls in {traced[^1].At:0} s of the trace's time, {providers.Compression} "
    + $"of them in one; the primary's outage from {outage.From:0} to {outage.Until:0} s ({mode}).\n"));
var findings = new TraceFindings(calls, looks, outage, maxRecovery);
var held = Finding.Print(findings.All(), Console.Out);
findings.PrintCounts(Console.Out, simulator.Counters(TracedProviders.Primary).Failures);
if (Text("--plot") is { } plot)
{
    await File.WriteAllTextAsync(plot, new TracePlot(calls, looks, outage, maxRecovery).Draw());
}

return held ? 0 : 1;

string? Text(string name)
{
    var at = Array.IndexOf(args, name);
    return at < 0 ? null : args[at + 1];
}

int Number(string name, int otherwise) =>
    Text(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

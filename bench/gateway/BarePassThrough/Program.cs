using System.Runtime.InteropServices;
using Holdfast.Bench.BarePassThrough;

if (args.Length != 1 || !Uri.TryCreate(args[0], UriKind.Absolute, out var upstream))
{
    await Console.Error.WriteLineAsync("usage: BarePassThrough UPSTREAM-URL");
    return 2;
}

using var ended = new CancellationTokenSource();
using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
await using var passThrough = await PassThrough.StartAsync("http://127.0.0.1:0", upstream);
Console.WriteLine($"listening on {passThrough.Url}");
try
{
    await passThrough.WaitForShutdownAsync(ended.Token);
}
catch (OperationCanceledException)
{
    // Asked to end.
}

return 0;

void End(PosixSignalContext context)
{
    context.Cancel = true;
    ended.Cancel();
}

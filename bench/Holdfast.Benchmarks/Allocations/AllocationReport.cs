using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Holdfast.Bench.BarePassThrough;
using Holdfast.Bench.InstantUpstream;
using Holdfast.Benchmarks.Gateway;
using Holdfast.Gateway;
using Holdfast.Gateway.Configuration;

namespace Holdfast.Benchmarks.Allocations;

/// <summary>
/// Bytes allocated for a call: the gateway, and the bare pass-through, each started in this process and called one
/// call after another over one raw socket. Prints a table; <c>--tsv</c> prints bare numbers.
/// </summary>
internal static class AllocationReport
{
    private const string Key = "hf-bench-key";
    private const int WarmUpCalls = 1_000;

    public static async Task<int> RunAsync(string[] args)
    {
        var at = Array.IndexOf(args, "--calls");
        var calls = at < 0 ? 2_000 : int.Parse(args[at + 1], CultureInfo.InvariantCulture);
        var tsv = args.Contains("--tsv");
        var sampled = args.Contains("--types");

        (string Name, bool Streamed, IReadOnlyList<byte[]> Answer)[] cases =
        [
            ("plain", false, [CannedAnswers.Plain()]),
            ("streamed, 50 events", true, Stream(50)),
            ("streamed, 250 events", true, Stream(250)),
        ];
        Console.WriteLine(tsv
            ? "case\tbare\tgateway\tmore"
            : $"{"bytes per call",-24}{"bare",10}{"gateway",10}{"more",10}");
        foreach (var (name, streamed, answer) in cases)
        {
            var bare = await BareAsync(answer, streamed, calls);
            var gateway = await GatewayAsync(answer, streamed, calls, sampled);
            Console.WriteLine(tsv
                ? FormattableString.Invariant($"{name}\t{bare:0}\t{gateway:0}\t{gateway - bare:0}")
                : FormattableString.Invariant($"{name,-24}{bare,10:0}{gateway,10:0}{gateway - bare,10:0}"));
        }

        return 0;
    }

    private static async Task<double> BareAsync(IReadOnlyList<byte[]> answer, bool streamed, int calls)
    {
        using var upstream = new RawUpstream(answer);
        await using var bare = await PassThrough.StartAsync("http://127.0.0.1:0", upstream.Url);
        return Measure(new Uri(bare.Url), streamed, calls);
    }

    private static async Task<double> GatewayAsync(
        IReadOnlyList<byte[]> answer, bool streamed, int calls, bool sampled)
    {
        using var upstream = new RawUpstream(answer);
        var yaml = $$"""
            server: { urls: "http://127.0.0.1:0", requireKeys: true, adminKey: {{Key}} }
            logging: { level: warning }
            providers:
              up: { type: openai, baseUrl: "http://{{upstream.Url.Authority}}/v1", apiKey: upstream-key }
            models:
              smart: { targets: [up/gpt-4o] }
            """;
        var read = ConfigurationFile.Parse(yaml, "bench.yaml", _ => null);
        var options = read.Options ?? throw new InvalidOperationException(string.Join("; ", read.Errors));
        await using var gateway = await GatewayApp.StartAsync(
            new GatewaySettings { Options = options, AdminKey = Key }, CancellationToken.None);
        using var types = sampled ? new AllocatedTypes() : null;
        var bytes = Measure(new Uri(gateway.Urls[0]), streamed, calls);
        types?.Print(streamed ? "streamed" : "plain");
        await gateway.StopAsync(CancellationToken.None);
        return bytes;
    }

    private static double Measure(Uri url, bool streamed, int calls)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.NoDelay = true;
        socket.Connect(IPAddress.Loopback, url.Port);
        var request = Request(url, streamed);
        var buffer = new byte[256 * 1024];
        Call(socket, request, buffer, WarmUpCalls);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        Call(socket, request, buffer, calls);
        return (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)calls;
    }

    private static void Call(Socket socket, byte[] request, byte[] buffer, int calls)
    {
        for (var i = 0; i < calls; i++)
        {
            socket.Send(request);
            var length = RawHttp.Receive(socket, buffer, RawHttp.LengthOfAnswer);
            if (!buffer.AsSpan(0, length).StartsWith("HTTP/1.1 200 "u8))
            {
                throw new InvalidOperationException(Encoding.UTF8.GetString(buffer.AsSpan(0, length)));
            }
        }
    }

    private static byte[] Request(Uri url, bool streamed)
    {
        var body = Encoding.UTF8.GetString(Bodies.ChatRequest(1_000));
        body = streamed ? body.Replace("{\"model\"", "{\"stream\":true,\"model\"", StringComparison.Ordinal) : body;
        return Encoding.UTF8.GetBytes($"POST /v1/chat/completions HTTP/1.1\r\nhost: {url.Authority}\r\n"
            + $"authorization: Bearer {Key}\r\ncontent-type: application/json\r\nuser-agent: bench/1.0\r\n"
            + $"content-length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");
    }

    private static List<byte[]> Stream(int events)
    {
        var writes = CannedAnswers.Events(events).ConvertAll(bytes => CannedAnswers.Framed([bytes]));
        writes[0] = [.. CannedAnswers.StreamHead(), .. writes[0]];
        writes[^1] = [.. writes[^1], .. "0\r\n\r\n"u8];
        return writes;
    }
}

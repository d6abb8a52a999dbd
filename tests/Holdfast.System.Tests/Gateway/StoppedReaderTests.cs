using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Holdfast.System.Tests.Gateway;

/// <summary>A caller that stops reading its stream, over real sockets.</summary>
public sealed class StoppedReaderTests
{
    private const int TailLength = 300;
    private const int Offered = 96 << 20;

    // Two connections' worth of the kernel's buffers at their largest, and the gateway's own few kilobytes.
    private const int MostInBetween = 48 << 20;

    private static readonly byte[] Chunk = Encoding.UTF8.GetBytes(
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + new string('~', 16_000) + "\"}}]}\n\n");

    private static readonly byte[] End = Encoding.UTF8.GetBytes(
        "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n");

    [Fact]
    public async Task The_provider_has_to_wait_and_what_lies_in_between_is_bounded_and_nothing_is_lost()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var url = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/v1";
        await using var gateway = await GatewayFixture.StartAsync(
            GatewayFixture.Brief.Replace("${SCRIPTED:-http://127.0.0.1:9/v1}", url, StringComparison.Ordinal)
                // How long all of it takes is the machine's affair.
                .Replace("call: 10s", "call: 5m", StringComparison.Ordinal));
        using var caller = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        caller.ReceiveBufferSize = 64 << 10;
        await caller.ConnectAsync(gateway.Url.Host, gateway.Url.Port);
        var body = GatewayFixture.Chat("scripted", stream: true);
        await caller.SendAsync(Encoding.ASCII.GetBytes("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
            + $"Connection: close\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
        using var limit = Waiting.Limit();
        using var provider = await listener.AcceptSocketAsync(limit.Token);
        provider.SendBufferSize = 64 << 10;
        await ReadRequestAsync(provider, limit.Token);
        var sent = 0L;
        var sending = SendAsync(provider, total => Volatile.Write(ref sent, total));

        // Longer than the idle limit: a stopped reader is no silent provider.
        await StandsStillAsync(() => Volatile.Read(ref sent), seconds: 1.5);

        Assert.False(sending.IsCompleted);
        Assert.InRange(Volatile.Read(ref sent), Chunk.Length, MostInBetween);

        var read = await ReadToEndAsync(caller);
        await sending.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);
        Assert.Equal(Offered / Chunk.Length * 16_000L, read.Characters);
        Assert.Contains("data: [DONE]", read.Tail, StringComparison.Ordinal);
        Assert.EndsWith("0\r\n\r\n", read.Tail, StringComparison.Ordinal);
    }

    private static async Task ReadRequestAsync(Socket provider, CancellationToken limit)
    {
        var received = new StringBuilder();
        var buffer = new byte[4096];
        while (!received.ToString().Contains("Tell me.", StringComparison.Ordinal))
        {
            received.Append(Encoding.Latin1.GetString(buffer, 0, await provider.ReceiveAsync(buffer, limit)));
        }
    }

    private static async Task SendAsync(Socket provider, Action<long> report)
    {
        await WholeAsync(provider, Encoding.ASCII.GetBytes(
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"));
        for (var i = 1L; i <= Offered / Chunk.Length; i++)
        {
            await WholeAsync(provider, Chunk);
            report(i * Chunk.Length);
        }

        await WholeAsync(provider, End);
        provider.Shutdown(SocketShutdown.Send);
    }

    private static async Task WholeAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await socket.SendAsync(bytes)..];
        }
    }

    private static async Task StandsStillAsync(Func<long> value, double seconds)
    {
        var (last, since) = (-1L, TimeProvider.System.GetTimestamp());
        await Waiting.UntilAsync(() =>
        {
            if (value() != last || last == 0)
            {
                (last, since) = (value(), TimeProvider.System.GetTimestamp());
            }

            return last > 0 && TimeProvider.System.GetElapsedTime(since).TotalSeconds >= seconds;
        }, "the provider's sending to stand still", seconds: 60);
    }

    private static async Task<(long Characters, string Tail)> ReadToEndAsync(Socket caller)
    {
        using var limit = Waiting.Limit(seconds: 60);
        var buffer = new byte[256 << 10];
        var characters = 0L;
        var tail = "";
        for (int read; (read = await caller.ReceiveAsync(buffer, limit.Token)) > 0;)
        {
            // Of all that is sent only the content has this letter.
            characters += buffer.AsSpan(0, read).Count((byte)'~');
            var end = Math.Min(read, TailLength);
            tail += Encoding.Latin1.GetString(buffer, read - end, end);
            tail = tail[Math.Max(0, tail.Length - TailLength)..];
        }

        return (characters, tail);
    }
}

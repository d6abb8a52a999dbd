using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Holdfast.Bench.StreamLoad;

/// <summary>Sends one and the same request over raw sockets that stay open, and looks at the clock.</summary>
internal sealed class LoadClient(Uri url, byte[] request) : IDisposable
{
    private const int Chunked = int.MaxValue;
    private static readonly TimeSpan Beginning = TimeSpan.FromSeconds(1);
    private static readonly TimeProvider Time = TimeProvider.System;

    private readonly ConcurrentBag<Socket> _idle = [];
    private readonly ConcurrentBag<Socket> _all = [];
    private readonly ConcurrentBag<List<TimeSpan>> _gaps = [];
    private int _failures;

    /// <summary>Calls that were not answered with 200, or cut.</summary>
    public int Failures => _failures;

    /// <summary>Between two reads that brought tokens, of all streams so far.</summary>
    public List<TimeSpan> Gaps => [.. _gaps.SelectMany(gaps => gaps)];

    /// <summary>Forgets the gaps so far.</summary>
    public void ForgetGaps() => _gaps.Clear();

    public static byte[] Request(Uri url, string body, string? key) => Encoding.UTF8.GetBytes(
        $"POST {url.PathAndQuery} HTTP/1.1\r\nhost: {url.Authority}\r\ncontent-type: application/json\r\n"
        + (key is null ? "" : $"authorization: Bearer {key}\r\n")
        + $"user-agent: load/1.0\r\ncontent-length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");

    /// <summary>Times from sending to the whole answer; a slow answer delays no other call's sending.</summary>
    public async Task<(int Sent, List<TimeSpan> Times)> AtRateAsync(int perSecond, TimeSpan length)
    {
        var calls = new List<Task<TimeSpan?>>();
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(1), Time);
        var start = Time.GetTimestamp();
        while (await ticks.WaitForNextTickAsync() && Time.GetElapsedTime(start) is var elapsed && elapsed < length)
        {
            while (calls.Count < elapsed.TotalSeconds * perSecond)
            {
                calls.Add(CallAsync(firstToken: false));
            }
        }

        var times = await Task.WhenAll(calls);
        return (calls.Count, [.. times.OfType<TimeSpan>()]);
    }

    /// <summary>
    /// Times from sending to the first token; each stream that ends is followed by another. They begin anywhere in the
    /// first second: callers are not in step, and streams that all take the same time would stay so for ever.
    /// </summary>
    public async Task<List<TimeSpan>> OpenStreamsAsync(
        int open, TimeSpan length, Random moments, Func<Task> lookAround)
    {
        var start = Time.GetTimestamp();
        var times = new ConcurrentBag<TimeSpan>();
        var workers = new List<Task>();
        for (var i = 0; i < open; i++)
        {
            workers.Add(KeepOneOpenAsync(moments.NextDouble() * Beginning));
        }

        // From here on all are open.
        await Task.Delay(Beginning, Time);
        while (Time.GetElapsedTime(start) < length)
        {
            await lookAround();
            await Task.Delay(TimeSpan.FromMilliseconds(200), Time);
        }

        await Task.WhenAll(workers);
        return [.. times];

        async Task KeepOneOpenAsync(TimeSpan begins)
        {
            await Task.Delay(begins, Time);
            while (Time.GetElapsedTime(start) < length)
            {
                if (await CallAsync(firstToken: true) is { } took)
                {
                    times.Add(took);
                }
            }
        }
    }

    public void Dispose()
    {
        foreach (var socket in _all)
        {
            socket.Dispose();
        }
    }

    private async Task<TimeSpan?> CallAsync(bool firstToken)
    {
        Socket? socket = null;
        try
        {
            if (!_idle.TryTake(out socket))
            {
                socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                _all.Add(socket);
                await socket.ConnectAsync(IPAddress.Loopback, url.Port);
            }

            var took = await ExchangeAsync(socket, firstToken);
            _idle.Add(socket);
            return took;
        }
        catch (Exception broken) when (broken is SocketException or InvalidDataException)
        {
            Interlocked.Increment(ref _failures);
            socket?.Dispose();
            // A server that refuses everything would have the next one refused at once, and so on.
            await Task.Delay(TimeSpan.FromMilliseconds(10), Time);
            return null;
        }
    }

    private async Task<TimeSpan> ExchangeAsync(Socket socket, bool firstToken)
    {
        var buffer = new byte[32 * 1024];
        var (received, end) = (0, -1);
        TimeSpan? tokenAt = null;
        var lastAt = TimeSpan.Zero;
        var gaps = firstToken ? new List<TimeSpan>() : null;
        var start = Time.GetTimestamp();
        await socket.SendAsync(request);
        while (true)
        {
            var read = await socket.ReceiveAsync(buffer.AsMemory(received));
            if (read == 0)
            {
                throw new InvalidDataException("cut");
            }

            var isToken = gaps is not null && buffer.AsSpan(received, read).IndexOf(" token"u8) >= 0;
            received += read;
            if (isToken)
            {
                var now = Time.GetElapsedTime(start);
                if (tokenAt is not null)
                {
                    gaps!.Add(now - lastAt);
                }

                tokenAt ??= now;
                lastAt = now;
            }

            end = end < 0 ? EndOf(buffer.AsSpan(0, received)) : end;
            if (end == Chunked ? buffer.AsSpan(0, received).EndsWith("\r\n0\r\n\r\n"u8) : end >= 0 && received >= end)
            {
                if (gaps is null)
                {
                    return Time.GetElapsedTime(start);
                }

                _gaps.Add(gaps);
                return tokenAt ?? throw new InvalidDataException("no token");
            }
        }
    }

    /// <summary>
    /// How many bytes the whole answer has, <see cref="Chunked"/>, or -1 while its head isn't there.
    /// </summary>
    private static int EndOf(ReadOnlySpan<byte> received)
    {
        var head = received.IndexOf("\r\n\r\n"u8);
        if (head < 0)
        {
            return -1;
        }

        if (!received.StartsWith("HTTP/1.1 200 "u8))
        {
            throw new InvalidDataException(Encoding.UTF8.GetString(received[..head]));
        }

        var lines = Encoding.ASCII.GetString(received[..head]).Split("\r\n");
        var length = lines.FirstOrDefault(
            line => line.StartsWith("content-length:", StringComparison.OrdinalIgnoreCase));
        return length is null ? Chunked : head + 4 + int.Parse(length.AsSpan(15), null);
    }
}

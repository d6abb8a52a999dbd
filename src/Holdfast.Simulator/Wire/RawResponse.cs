using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;

namespace Holdfast.Simulator.Wire;

/// <summary>
/// A response written to the socket beside the server. It is what makes a reset exact: the server's own abort drops
/// what its send queue still holds, whereas here every byte is with the network before the connection is reset.
/// The earlier responses of the connection have left that queue, since the client has read them.
/// </summary>
internal sealed class RawResponse(HttpContext context) : Stream
{
    private readonly Socket _socket = SocketOf(context)
        ?? throw new InvalidOperationException("the connection has no socket");
    private bool _begun;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    private bool Chunked => context.Response.ContentLength is null;

    /// <summary>Ends the connection with an RST.</summary>
    public static void Reset(HttpContext context)
    {
        if (SocketOf(context) is { } socket)
        {
            socket.LingerState = new LingerOption(true, 0);
            socket.Close();
        }

        context.Abort();
    }

    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken = default)
    {
        if (!_begun)
        {
            _begun = true;
            await SendAsync(Head(), cancellationToken);
        }

        if (bytes.IsEmpty)
        {
            return;
        }

        if (Chunked)
        {
            await SendAsync(Encoding.ASCII.GetBytes($"{bytes.Length:x}\r\n"), cancellationToken);
            await SendAsync(bytes, cancellationToken);
            await SendAsync("\r\n"u8.ToArray(), cancellationToken);
        }
        else
        {
            await SendAsync(bytes, cancellationToken);
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private static Socket? SocketOf(HttpContext context) => context.Features.Get<IConnectionSocketFeature>()?.Socket;

    private byte[] Head()
    {
        var head = new StringBuilder();
        head.Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {context.Response.StatusCode} OK\r\n");
        foreach (var header in context.Response.Headers)
        {
            head.Append(CultureInfo.InvariantCulture, $"{header.Key}: {header.Value}\r\n");
        }

        head.Append(Chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n");
        return Encoding.ASCII.GetBytes(head.ToString());
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await _socket.SendAsync(bytes, SocketFlags.None, cancellationToken)..];
        }
    }
}

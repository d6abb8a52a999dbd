using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Providers;

/// <summary>
/// A caller's body on its way to a provider, piece by piece: no more than one piece is in memory. What goes wrong with
/// it is the caller's doing and never the provider's.
/// </summary>
internal sealed class PassedContent : HttpContent
{
    private const int Piece = 64 * 1024;

    private readonly PassedRequest _passed;

    public PassedContent(PassedRequest passed)
    {
        _passed = passed;
        if (MediaTypeHeaderValue.TryParse(passed.ContentType, out var type))
        {
            Headers.ContentType = type;
        }
    }

    /// <summary>What was wrong with the body; null when nothing was.</summary>
    public BadHttpRequestException? Fault { get; private set; }

    /// <summary>The caller's next bytes are waited for.</summary>
    public bool IsWaiting { get; private set; }

    protected override bool TryComputeLength(out long length)
    {
        length = _passed.ContentLength ?? 0;
        return _passed.ContentLength is not null;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var piece = ArrayPool<byte>.Shared.Rent(Piece);
        try
        {
            var sent = 0L;
            while (true)
            {
                var read = await ReadAsync(piece, cancellationToken);
                if (read == 0)
                {
                    return;
                }

                sent += read;
                if (sent > _passed.MaxBytes)
                {
                    throw Fault = new BadHttpRequestException("the body is too large", 413);
                }

                await stream.WriteAsync(piece.AsMemory(0, read), cancellationToken);
                // What the caller has sent must not wait here for what it sends next.
                await stream.FlushAsync(cancellationToken);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    private async ValueTask<int> ReadAsync(byte[] piece, CancellationToken cancellation)
    {
        IsWaiting = true;
        try
        {
            var read = await _passed.Content!.ReadAsync(piece.AsMemory(0, Piece), cancellation);
            IsWaiting = false;
            return read;
        }
        catch (BadHttpRequestException bad)
        {
            Fault = bad;
            throw;
        }
        catch (IOException broken)
        {
            throw Fault = new BadHttpRequestException("the body was cut", 400, broken);
        }
    }
}

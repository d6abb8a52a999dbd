using System.Buffers;

namespace Holdfast.Simulator.Wire;

/// <summary>A request's body in a rented buffer.</summary>
internal readonly struct RequestBody(byte[] buffer, int length) : IDisposable
{
    public const int MaxBytes = 32 << 20;

    public ReadOnlyMemory<byte> Memory => buffer.AsMemory(0, length);

    /// <summary>Reads the whole body; null where it is larger than allowed.</summary>
    public static async ValueTask<RequestBody?> ReadAsync(HttpContext context)
    {
        var announced = context.Request.ContentLength ?? 0;
        if (announced > MaxBytes)
        {
            return null;
        }

        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Max(announced + 1, 4096));
        var length = 0;
        try
        {
            while (await context.Request.Body.ReadAsync(buffer.AsMemory(length), context.RequestAborted)
                is var read and > 0)
            {
                length += read;
                if (length > MaxBytes)
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                    return null;
                }

                buffer = length < buffer.Length ? buffer : Grow(buffer);
            }
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }

        return new RequestBody(buffer, length);
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(buffer);

    private static byte[] Grow(byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}

using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Holdfast.Simulator.Wire;

/// <summary>Puts JSON together as bytes in a rented buffer; text stays UTF-8, as providers send it.</summary>
internal sealed class JsonText : IDisposable
{
    private static readonly SearchValues<byte> Escaped = SearchValues.Create(
        [.. Enumerable.Range(0, 32).Select(value => (byte)value), (byte)'"', (byte)'\\']);

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(4096);

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Span => _buffer.AsSpan(0, Length);

    public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(0, Length);

    public void Clear() => Length = 0;

    public JsonText Raw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        Length += bytes.Length;
        return this;
    }

    /// <summary>Takes the last bytes back.</summary>
    public void Drop(int bytes) => Length -= bytes;

    public JsonText Number(long number)
    {
        Utf8Formatter.TryFormat(number, Room(20), out var written);
        Length += written;
        return this;
    }

    /// <summary>A string with its quotes, or <c>null</c>.</summary>
    public JsonText String(string? text)
    {
        if (text is null)
        {
            return Raw("null"u8);
        }

        var rented = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        var length = Encoding.UTF8.GetBytes(text, rented);
        String(rented.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(rented);
        return this;
    }

    /// <summary>A string with its quotes.</summary>
    public JsonText String(ReadOnlySpan<byte> utf8)
    {
        Raw("\""u8);
        while (utf8.IndexOfAny(Escaped) is var at and >= 0)
        {
            Raw(utf8[..at]);
            Escape(utf8[at]);
            utf8 = utf8[(at + 1)..];
        }

        return Raw(utf8).Raw("\""u8);
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        Length = 0;
    }

    private void Escape(byte value)
    {
        switch (value)
        {
            case (byte)'"':
                Raw("\\\""u8);
                break;
            case (byte)'\\':
                Raw("\\\\"u8);
                break;
            case (byte)'\n':
                Raw("\\n"u8);
                break;
            default:
                Raw("\\u00"u8);
                Utf8Formatter.TryFormat(value, Room(2), out var written, new StandardFormat('x', 2));
                Length += written;
                break;
        }
    }

    private Span<byte> Room(int size)
    {
        if (_buffer.Length - Length < size)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, Length + size));
            Span.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        return _buffer.AsSpan(Length);
    }
}

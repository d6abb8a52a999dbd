using System.Buffers.Binary;

namespace Holdfast.Gateway.Providers.Bedrock;

/// <summary>
/// One frame of <c>application/vnd.amazon.eventstream</c>: the frame's length and that of its headers, a checksum of
/// these two, headers, a payload, a checksum of everything before; numbers with the highest byte first (AWS, "Event
/// stream encoding"). Views into the bytes that it was read from.
/// </summary>
internal readonly ref struct EventStreamFrame
{
    /// <summary>The two lengths and their checksum.</summary>
    public const int PreludeBytes = 12;

    /// <summary>The longest frame that AWS's own clients take.</summary>
    public const int MaxBytes = 24 * 1024 * 1024;

    /// <summary>The longest headers that AWS's own clients take.</summary>
    public const int MaxHeaderBytes = 128 * 1024;

    private const int ChecksumBytes = 4;

    private readonly ReadOnlySpan<byte> _headers;

    private EventStreamFrame(ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload)
    {
        _headers = headers;
        Payload = payload;
    }

    public EventStreamHeaders Headers => new(_headers);

    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>The length of the frame that begins here; 0 where no frame does.</summary>
    /// <param name="prelude">At least <see cref="PreludeBytes"/>.</param>
    public static int LengthOf(ReadOnlySpan<byte> prelude)
    {
        var total = BinaryPrimitives.ReadUInt32BigEndian(prelude);
        var headers = BinaryPrimitives.ReadUInt32BigEndian(prelude[4..]);
        var isGood = total <= MaxBytes && headers <= MaxHeaderBytes
            && total >= PreludeBytes + headers + ChecksumBytes
            && BinaryPrimitives.ReadUInt32BigEndian(prelude[8..]) == Crc32.Of(prelude[..8]);
        return isGood ? (int)total : 0;
    }

    /// <summary>Reads a frame; its headers can then be walked without further care.</summary>
    /// <param name="bytes">The frame and nothing else.</param>
    /// <param name="frame">The frame.</param>
    /// <returns>False when it is cut, when a checksum or a length is wrong, or when a header is none.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out EventStreamFrame frame)
    {
        frame = default;
        if (bytes.Length < PreludeBytes || LengthOf(bytes) != bytes.Length
            || BinaryPrimitives.ReadUInt32BigEndian(bytes[^ChecksumBytes..]) != Crc32.Of(bytes[..^ChecksumBytes]))
        {
            return false;
        }

        var length = (int)BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]);
        var headers = bytes.Slice(PreludeBytes, length);
        frame = new EventStreamFrame(headers, bytes[(PreludeBytes + length)..^ChecksumBytes]);
        var walked = frame.Headers;
        while (walked.Next())
        {
        }

        return !walked.IsBroken;
    }
}

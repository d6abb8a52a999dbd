using System.Buffers.Binary;

namespace Holdfast.Gateway.Providers.Bedrock;

/// <summary>What the value of a frame's header is.</summary>
internal enum EventStreamValue
{
    True,
    False,
    Byte,
    Int16,
    Int32,
    Int64,
    Bytes,
    Text,
    Timestamp,
    Uuid,
}

/// <summary>Walks the headers of one frame: the length of the name, the name, a type, a value.</summary>
internal ref struct EventStreamHeaders(ReadOnlySpan<byte> headers)
{
    private ReadOnlySpan<byte> _rest = headers;

    public ReadOnlySpan<byte> Name { get; private set; }

    public EventStreamValue Kind { get; private set; }

    /// <summary>The bytes of the value, without the length that texts and byte strings have before them.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>What follows is no header: a name or a value is longer than the rest, or the type is unknown.</summary>
    public bool IsBroken { get; private set; }

    /// <returns>False at the end, and where <see cref="IsBroken"/>.</returns>
    public bool Next()
    {
        if (_rest.IsEmpty || IsBroken)
        {
            return false;
        }

        var name = _rest[0];
        if (name == 0 || _rest.Length < name + 2)
        {
            return Broken();
        }

        var kind = (EventStreamValue)_rest[name + 1];
        var value = _rest[(name + 2)..];
        var (length, prefix) = kind switch
        {
            EventStreamValue.True or EventStreamValue.False => (0, 0),
            EventStreamValue.Byte => (1, 0),
            EventStreamValue.Int16 => (2, 0),
            EventStreamValue.Int32 => (4, 0),
            EventStreamValue.Int64 or EventStreamValue.Timestamp => (8, 0),
            EventStreamValue.Uuid => (16, 0),
            EventStreamValue.Bytes or EventStreamValue.Text when value.Length >= 2 =>
                (BinaryPrimitives.ReadUInt16BigEndian(value), 2),
            _ => (-1, 0),
        };
        if (length < 0 || value.Length < prefix + length)
        {
            return Broken();
        }

        Name = _rest.Slice(1, name);
        Kind = kind;
        Value = value.Slice(prefix, length);
        _rest = value[(prefix + length)..];
        return true;
    }

    private bool Broken()
    {
        IsBroken = true;
        return false;
    }
}

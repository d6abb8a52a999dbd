using System.Buffers.Binary;
using System.Text;

namespace Holdfast.System.Tests.Observability;

/// <summary>
/// Reads protobuf's wire format without knowing any schema: a message's fields by number. Written for these tests, so
/// that what the exporter writes is read by other code than its own.
/// </summary>
internal sealed class ProtobufReader
{
    private readonly List<(int Number, ReadOnlyMemory<byte> Bytes, ulong Value)> _fields = [];

    public ProtobufReader(ReadOnlyMemory<byte> message)
    {
        while (message.Length > 0)
        {
            var key = Varint(ref message);
            var number = (int)(key >> 3);
            switch (key & 7)
            {
                case 0:
                    _fields.Add((number, default, Varint(ref message)));
                    break;
                case 1:
                    _fields.Add((number, default, BinaryPrimitives.ReadUInt64LittleEndian(message.Span)));
                    message = message[8..];
                    break;
                case 2:
                    var length = (int)Varint(ref message);
                    _fields.Add((number, message[..length], 0));
                    message = message[length..];
                    break;
                case 5:
                    _fields.Add((number, default, BinaryPrimitives.ReadUInt32LittleEndian(message.Span)));
                    message = message[4..];
                    break;
                default:
                    throw new InvalidDataException($"field {number} has wire type {key & 7}");
            }
        }
    }

    public bool Has(int number) => _fields.Exists(field => field.Number == number);

    public IEnumerable<ProtobufReader> Messages(int number) =>
        _fields.Where(field => field.Number == number).Select(field => new ProtobufReader(field.Bytes));

    public ProtobufReader? Message(int number) => Messages(number).FirstOrDefault();

    public string Text(int number) => Encoding.UTF8.GetString(Bytes(number).Span);

    public string Hex(int number) => Convert.ToHexStringLower(Bytes(number).Span);

    public ulong Number(int number) => _fields.FindLast(field => field.Number == number).Value;

    public double Double(int number) => BitConverter.UInt64BitsToDouble(Number(number));

    private ReadOnlyMemory<byte> Bytes(int number) => _fields.FindLast(field => field.Number == number).Bytes;

    private static ulong Varint(ref ReadOnlyMemory<byte> from)
    {
        ulong value = 0;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var next = from.Span[0];
            from = from[1..];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("a varint of more than ten bytes");
    }
}

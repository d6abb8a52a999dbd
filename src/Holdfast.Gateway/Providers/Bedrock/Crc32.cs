using System.Buffers.Binary;

namespace Holdfast.Gateway.Providers.Bedrock;

/// <summary>
/// The checksum of Ethernet and gzip (ITU-T V.42, polynomial 0xEDB88320 with the lowest bit first). Takes eight bytes a
/// step, so that checking an event costs little beside reading it.
/// </summary>
internal static class Crc32
{
    private const uint Polynomial = 0xEDB88320;
    private const int Step = 8;

    // Table n is the effect of a byte that stands n bytes before the end of a step.
    private static readonly uint[] Tables = Build();

    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var tables = Tables;
        var crc = uint.MaxValue;
        for (; bytes.Length >= Step; bytes = bytes[Step..])
        {
            var low = BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ crc;
            var high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            crc = tables[0x700 + (byte)low] ^ tables[0x600 + (byte)(low >> 8)]
                ^ tables[0x500 + (byte)(low >> 16)] ^ tables[0x400 + (int)(low >> 24)]
                ^ tables[0x300 + (byte)high] ^ tables[0x200 + (byte)(high >> 8)]
                ^ tables[0x100 + (byte)(high >> 16)] ^ tables[(int)(high >> 24)];
        }

        foreach (var value in bytes)
        {
            crc = tables[(byte)(crc ^ value)] ^ (crc >> 8);
        }

        return ~crc;
    }

    private static uint[] Build()
    {
        var tables = new uint[Step * 256];
        for (var value = 0u; value < 256; value++)
        {
            var crc = value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ Polynomial;
            }

            tables[value] = crc;
        }

        for (var at = 256; at < tables.Length; at++)
        {
            var before = tables[at - 256];
            tables[at] = tables[(byte)before] ^ (before >> 8);
        }

        return tables;
    }
}

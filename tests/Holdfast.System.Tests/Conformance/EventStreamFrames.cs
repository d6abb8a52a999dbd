using System.Buffers.Binary;
using System.Text;

namespace Holdfast.System.Tests.Conformance;

/// <summary>AWS's binary framing of events, written from its description and not from the gateway's reader.</summary>
internal static class EventStreamFrames
{
    public const string ContentType = "application/vnd.amazon.eventstream";

    /// <summary>One message: two lengths, the checksum of both, headers, payload, the checksum of all.</summary>
    public static byte[] Frame(string eventType, byte[] payload) => Frame("event", eventType, payload);

    /// <summary>What is sent in place of an event when the model fails after the stream's start.</summary>
    public static byte[] Exception(string type, byte[] payload) => Frame("exception", type, payload);

    private static byte[] Frame(string kind, string type, byte[] payload)
    {
        byte[] headers =
        [
            .. Header($":{kind}-type", type), .. Header(":content-type", "application/json"),
            .. Header(":message-type", kind),
        ];
        byte[] lengths = [.. Number(16 + headers.Length + payload.Length), .. Number(headers.Length)];
        byte[] message = [.. lengths, .. Number((int)Crc32(lengths)), .. headers, .. payload];
        return [.. message, .. Number((int)Crc32(message))];
    }

    private static byte[] Header(string name, string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        // 7 is the type of a string, whose length has two bytes.
        return [(byte)name.Length, .. Encoding.UTF8.GetBytes(name), 7, .. Number(bytes.Length)[2..], .. bytes];
    }

    private static byte[] Number(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private static uint Crc32(byte[] bytes)
    {
        var sum = uint.MaxValue;
        foreach (var one in bytes)
        {
            sum ^= one;
            for (var bit = 0; bit < 8; bit++)
            {
                sum = (sum >> 1) ^ ((sum & 1) == 0 ? 0 : 0xEDB88320);
            }
        }

        return ~sum;
    }
}

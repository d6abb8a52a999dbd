using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text.Json;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Providers.Translation;

/// <summary>Vectors as OpenAI's clients ask for them: base64 of 32-bit numbers, the lowest byte first.</summary>
internal static class VectorText
{
    /// <summary>
    /// Writes a list of numbers as base64 with its quotation marks. The reader stands on the list's bracket and is left
    /// on the closing one.
    /// </summary>
    /// <returns>False when an item is no number of 32 bits; what was written by then is of no use.</returns>
    public static bool TryWriteBase64(ref Utf8JsonReader reader, IBufferWriter<byte> output)
    {
        using var numbers = new PooledBuffer(4 * 1536);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetSingle(out var number)
                || !float.IsFinite(number))
            {
                return false;
            }

            BinaryPrimitives.WriteSingleLittleEndian(numbers.GetSpan(4), number);
            numbers.Advance(4);
        }

        output.Write("\""u8);
        var room = output.GetSpan(Base64.GetMaxEncodedToUtf8Length(numbers.Length));
        Base64.EncodeToUtf8(numbers.WrittenSpan, room, out _, out var written);
        output.Advance(written);
        output.Write("\""u8);
        return true;
    }
}

using System.Buffers.Text;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Holdfast.Simulator.Wire;

namespace Holdfast.Simulator.Answers;

/// <summary>Texts as vectors of length one: the same text, model and seed give the same vector.</summary>
internal static class Vectors
{
    /// <summary>Where nothing else is asked for.</summary>
    public const int Dimensions = 1536;

    public const int MostDimensions = 4096;

    public static float[] Of(ulong seed, string model, string text, int dimensions)
    {
        var dice = new SplitMix(StableHash.Add(StableHash.Add(seed, model), text));
        var numbers = new float[dimensions];
        var length = 0.0;
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = (float)(dice.NextUnit() - 0.5);
            length += numbers[i] * (double)numbers[i];
        }

        var scale = 1 / Math.Sqrt(length);
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = (float)(numbers[i] * scale);
        }

        return numbers;
    }

    public static void WriteList(JsonText json, float[] numbers)
    {
        json.Raw("["u8);
        for (var i = 0; i < numbers.Length; i++)
        {
            json.Raw(i == 0 ? ""u8 : ","u8)
                .Raw(Encoding.ASCII.GetBytes(numbers[i].ToString("R", CultureInfo.InvariantCulture)));
        }

        json.Raw("]"u8);
    }

    public static void WriteBase64(JsonText json, float[] numbers)
    {
        // As the machine has them, which is the order that is asked for wherever this runs.
        var bytes = MemoryMarshal.AsBytes(numbers.AsSpan());
        var text = new byte[Base64.GetMaxEncodedToUtf8Length(bytes.Length)];
        Base64.EncodeToUtf8(bytes, text, out _, out var written);
        json.String(text.AsSpan(0, written));
    }
}

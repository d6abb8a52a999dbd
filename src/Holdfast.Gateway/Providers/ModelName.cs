using System.Buffers;
using System.Text.Json;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Providers;

/// <summary>The one thing that is patched in a request that goes through: the model's name at its provider.</summary>
internal static class ModelName
{
    /// <summary>Writes the body with another model, and nothing else changed.</summary>
    public static void Replace(CallRequest call, string model, IBufferWriter<byte> output)
    {
        var body = call.Body.Span;
        output.Write(body[..call.ModelValue.Start.Value]);
        Write(output, model);
        output.Write(body[call.ModelValue.End.Value..]);
    }

    /// <summary>Writes the body with another model and without what stands at <paramref name="cuts"/>.</summary>
    public static void Replace(
        CallRequest call, string model, IEnumerable<(int Start, int End)> cuts, IBufferWriter<byte> output)
    {
        var body = call.Body.Span;
        var name = (call.ModelValue.Start.Value, call.ModelValue.End.Value);
        var at = 0;
        foreach (var (start, end) in cuts.Append(name).Order())
        {
            output.Write(body[at..start]);
            if (start == call.ModelValue.Start.Value)
            {
                Write(output, model);
            }

            at = end;
        }

        output.Write(body[at..]);
    }

    /// <summary>Writes the name as a JSON string.</summary>
    public static void Write(IBufferWriter<byte> output, string model)
    {
        output.Write("\""u8);
        output.Write(JsonEncodedText.Encode(model).EncodedUtf8Bytes);
        output.Write("\""u8);
    }
}

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

    /// <summary>Writes the name as a JSON string.</summary>
    public static void Write(IBufferWriter<byte> output, string model)
    {
        output.Write("\""u8);
        output.Write(JsonEncodedText.Encode(model).EncodedUtf8Bytes);
        output.Write("\""u8);
    }
}

using System.Text.Encodings.Web;
using System.Text.Json;

namespace Holdfast.Gateway.Providers.Translation;

/// <summary>Arguments of a call that come as the object that they are, where callers want them as text.</summary>
internal static class ToolArguments
{
    /// <summary>The object as the inside of a JSON string.</summary>
    public static ReadOnlySpan<byte> Escaped(ReadOnlySpan<byte> json) =>
        JsonEncodedText.Encode(json, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes;

    /// <summary>The object as a JSON string.</summary>
    public static byte[] Quoted(ReadOnlySpan<byte> json) => [.. "\""u8, .. Escaped(json), .. "\""u8];
}

using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Gemini;

/// <summary>Parts of a message's content as Gemini's parts.</summary>
internal static class GeminiContent
{
    /// <summary>A whole part with <paramref name="text"/> in it.</summary>
    public static void WriteText(JsonOutput output, JsonView text)
    {
        output.BeginObject();
        output.Value("text"u8, text);
        output.EndObject();
    }

    /// <exception cref="UnsupportedFieldException">Gemini takes no such part.</exception>
    public static void Write(JsonOutput output, in ChatPart part)
    {
        switch (part.Kind)
        {
            case ChatPartKind.Text:
                WriteText(output, part.Words);
                break;
            case ChatPartKind.Image:
                WriteImage(output, part);
                break;
            case ChatPartKind.File:
                WriteData(output, part.File());
                break;
            case ChatPartKind.Audio:
                WriteData(output, part.Sound());
                break;
            default:
                throw part.Unsupported(
                    "type", "it cannot be carried to Gemini (text, image_url, file and input_audio can)");
        }
    }

    private static void WriteImage(JsonOutput output, in ChatPart part)
    {
        var image = part.Image();
        if (!image.IsLink)
        {
            WriteData(output, image.Type.SequenceEqual("image/gif"u8)
                ? throw part.Unsupported("image_url.url", "Gemini takes PNG, JPEG, WebP, HEIC and HEIF")
                : image);
            return;
        }

        output.BeginObject();
        output.BeginObject("fileData"u8);
        var type = TypeOf(image.Link);
        if (!type.IsEmpty)
        {
            output.Word("mimeType"u8, type);
        }

        output.Text("fileUri"u8, image.Link);
        output.EndObject();
        output.EndObject();
    }

    private static void WriteData(JsonOutput output, in ChatMedia media)
    {
        output.BeginObject();
        output.BeginObject("inlineData"u8);
        output.Text("mimeType"u8, media.Type);
        output.Text("data"u8, media.Data);
        output.EndObject();
        output.EndObject();
    }

    /// <summary>Vertex wants to know the type of a link; OpenAI's format has none, so its path has to say.</summary>
    private static ReadOnlySpan<byte> TypeOf(ReadOnlySpan<byte> link)
    {
        var end = link.IndexOfAny("?#"u8);
        var path = end < 0 ? link : link[..end];
        return path.EndsWith(".png"u8) ? "image/png"u8
            : path.EndsWith(".jpg"u8) || path.EndsWith(".jpeg"u8) ? "image/jpeg"u8
            : path.EndsWith(".webp"u8) ? "image/webp"u8
            : path.EndsWith(".heic"u8) ? "image/heic"u8
            : path.EndsWith(".heif"u8) ? "image/heif"u8
            : default;
    }
}

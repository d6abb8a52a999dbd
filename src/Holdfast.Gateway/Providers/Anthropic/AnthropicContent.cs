using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>Parts of a message's content as Anthropic's blocks.</summary>
internal static class AnthropicContent
{
    /// <summary>A whole block with <paramref name="text"/> in it.</summary>
    public static void WriteText(JsonOutput output, JsonView text)
    {
        output.BeginObject();
        output.Word("type"u8, "text"u8);
        output.Value("text"u8, text);
        output.EndObject();
    }

    /// <exception cref="UnsupportedFieldException">Anthropic takes no such part.</exception>
    public static void Write(JsonOutput output, in ChatPart part)
    {
        output.BeginObject();
        switch (part.Kind)
        {
            case ChatPartKind.Text:
                output.Word("type"u8, "text"u8);
                output.Value("text"u8, part.Words);
                break;
            case ChatPartKind.Image:
                WriteImage(output, part);
                break;
            case ChatPartKind.File:
                WriteDocument(output, part);
                break;
            default:
                throw part.Unsupported(
                    "type", "it cannot be carried to Anthropic (text, image_url and file can)");
        }

        if (part.CacheControl.IsObject)
        {
            output.Value("cache_control"u8, part.CacheControl);
        }

        output.EndObject();
    }

    private static void WriteImage(JsonOutput output, in ChatPart part)
    {
        var image = part.Image();
        output.Word("type"u8, "image"u8);
        if (image.IsLink)
        {
            output.BeginObject("source"u8);
            output.Word("type"u8, "url"u8);
            output.Text("url"u8, image.Link);
            output.EndObject();
            return;
        }

        if (!image.Type.SequenceEqual("image/jpeg"u8) && !image.Type.SequenceEqual("image/png"u8)
            && !image.Type.SequenceEqual("image/gif"u8) && !image.Type.SequenceEqual("image/webp"u8))
        {
            throw part.Unsupported("image_url.url", "Anthropic takes JPEG, PNG, GIF and WebP");
        }

        WriteData(output, image);
    }

    private static void WriteDocument(JsonOutput output, in ChatPart part)
    {
        var file = part.File();
        if (!file.Type.SequenceEqual("application/pdf"u8))
        {
            throw part.Unsupported("file.file_data", "it must be a PDF in a base64 data URL");
        }

        output.Word("type"u8, "document"u8);
        WriteData(output, file);
        if (!file.Title.Text.IsEmpty)
        {
            output.Value("title"u8, file.Title);
        }
    }

    private static void WriteData(JsonOutput output, in ChatMedia media)
    {
        output.BeginObject("source"u8);
        output.Word("type"u8, "base64"u8);
        output.Text("media_type"u8, media.Type);
        output.Text("data"u8, media.Data);
        output.EndObject();
    }
}

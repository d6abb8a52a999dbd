using System.Globalization;
using System.Text;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Bedrock;

/// <summary>Parts of a message's content as Converse's blocks.</summary>
internal sealed class BedrockContent(JsonOutput output, BedrockModel model)
{
    private int _documents;

    /// <summary>A whole block with <paramref name="text"/> in it.</summary>
    public void WriteText(JsonView text)
    {
        output.BeginObject();
        output.Value("text"u8, text);
        output.EndObject();
    }

    /// <summary>A block, and the mark behind it if there is one.</summary>
    /// <exception cref="UnsupportedFieldException">Bedrock takes no such part.</exception>
    public void Write(in ChatPart part)
    {
        WriteBlock(part);
        WriteCachePoint(part.CacheControl);
    }

    /// <exception cref="UnsupportedFieldException">Bedrock takes no such part.</exception>
    public void WriteBlock(in ChatPart part)
    {
        switch (part.Kind)
        {
            case ChatPartKind.Text: WriteText(part.Words); break;
            case ChatPartKind.Image: WriteImage(part); break;
            case ChatPartKind.File: WriteDocument(part); break;
            default: throw part.Unsupported(
                "type", "it cannot be carried to Bedrock (text, image_url and file can)");
        }
    }

    /// <summary>
    /// What Anthropic's callers say with <c>cache_control</c>. A model that caches nothing refuses the mark, and
    /// answers the same without it.
    /// </summary>
    public void WriteCachePoint(JsonView cacheControl)
    {
        if (!cacheControl.IsObject || !model.Caches)
        {
            return;
        }

        output.BeginObject();
        output.BeginObject("cachePoint"u8);
        output.Word("type"u8, "default"u8);
        if (model.Family == BedrockFamily.Anthropic && cacheControl.Member("ttl"u8).Says("1h"u8))
        {
            output.Word("ttl"u8, "1h"u8);
        }

        output.EndObject();
        output.EndObject();
    }

    private void WriteImage(in ChatPart part)
    {
        var image = part.Image();
        if (image.IsLink)
        {
            throw part.Unsupported(
                "image_url.url", "Bedrock follows no links: it takes the image itself, in a base64 data URL");
        }

        var format = image.Type switch
        {
            var type when type.SequenceEqual("image/png"u8) => "png"u8,
            var type when type.SequenceEqual("image/jpeg"u8) => "jpeg"u8,
            var type when type.SequenceEqual("image/gif"u8) => "gif"u8,
            var type when type.SequenceEqual("image/webp"u8) => "webp"u8,
            _ => throw part.Unsupported("image_url.url", "Bedrock takes JPEG, PNG, GIF and WebP"),
        };
        output.BeginObject();
        output.BeginObject("image"u8);
        output.Word("format"u8, format);
        WriteSource(image);
        output.EndObject();
        output.EndObject();
    }

    private void WriteDocument(in ChatPart part)
    {
        var file = part.File();
        var format = FormatOf(file.Type);
        if (format.IsEmpty)
        {
            throw part.Unsupported("file.file_data",
                "Bedrock takes PDF, CSV, Word, Excel, HTML, Markdown and plain text, in a base64 data URL");
        }

        output.BeginObject();
        output.BeginObject("document"u8);
        output.Word("format"u8, format);
        // Names have to differ, may hold few characters, and are read by the model as if they were instructions.
        _documents++;
        output.Word("name"u8, Encoding.ASCII.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"document-{_documents}")));
        WriteSource(file);
        output.EndObject();
        output.EndObject();
    }

    private void WriteSource(in ChatMedia media)
    {
        output.BeginObject("source"u8);
        output.Text("bytes"u8, media.Data);
        output.EndObject();
    }

    private static ReadOnlySpan<byte> FormatOf(ReadOnlySpan<byte> type) => type switch
    {
        _ when type.SequenceEqual("application/pdf"u8) => "pdf"u8,
        _ when type.SequenceEqual("text/csv"u8) => "csv"u8,
        _ when type.SequenceEqual("text/html"u8) => "html"u8,
        _ when type.SequenceEqual("text/plain"u8) => "txt"u8,
        _ when type.SequenceEqual("text/markdown"u8) => "md"u8,
        _ when type.SequenceEqual("application/msword"u8) => "doc"u8,
        _ when type.SequenceEqual("application/vnd.ms-excel"u8) => "xls"u8,
        _ when type.SequenceEqual(
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document"u8) => "docx"u8,
        _ when type.SequenceEqual("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"u8) => "xlsx"u8,
        _ => default,
    };
}

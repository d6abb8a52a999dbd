using System.Text.Json;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>Where a part stands, for the message of a refusal.</summary>
internal readonly record struct PartPlace(int Message, int Part)
{
    public UnsupportedFieldException Unsupported(string member, string reason) =>
        AnthropicFields.Unsupported($"messages[{Message}].content[{Part}].{member}", reason);
}

/// <summary>One part of a message's content on its way to become a block.</summary>
internal ref struct ContentPart
{
    private PartPlace _place;
    private JsonView _type;
    private JsonView _text;
    private JsonView _refusal;
    private JsonView _imageUrl;
    private JsonView _file;
    private JsonView _cacheControl;

    /// <summary>Anthropic refuses blocks of text without text.</summary>
    public readonly bool IsEmptyText => Words is { IsString: true, Text.IsEmpty: true };

    private readonly JsonView Words =>
        _type.Says("text"u8) ? _text : _type.Says("refusal"u8) ? _refusal : default;

    public static ContentPart Read(JsonView value, PartPlace place)
    {
        if (!value.IsObject)
        {
            throw place.Unsupported("type", "a part must be an object with a type");
        }

        var part = default(ContentPart);
        part._place = place;
        var members = value.Members();
        while (members.Next())
        {
            switch (members.Name)
            {
                case var name when name.SequenceEqual("type"u8): part._type = members.Value; break;
                case var name when name.SequenceEqual("text"u8): part._text = members.Value; break;
                case var name when name.SequenceEqual("refusal"u8): part._refusal = members.Value; break;
                case var name when name.SequenceEqual("image_url"u8): part._imageUrl = members.Value; break;
                case var name when name.SequenceEqual("file"u8): part._file = members.Value; break;
                case var name when name.SequenceEqual("cache_control"u8): part._cacheControl = members.Value; break;
            }
        }

        return part;
    }

    /// <summary>A whole block with <paramref name="text"/> in it.</summary>
    public static void WriteText(Utf8JsonWriter writer, JsonView text)
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, "text"u8);
        AnthropicRequest.WriteRaw(writer, "text", text);
        writer.WriteEndObject();
    }

    public readonly void WriteTextOnly(Utf8JsonWriter writer)
    {
        if (!_type.Says("text"u8))
        {
            throw _place.Unsupported("type", "only text can stand here");
        }

        Write(writer);
    }

    public readonly void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        if (_type.Says("text"u8) || _type.Says("refusal"u8))
        {
            if (!Words.IsString)
            {
                throw _place.Unsupported(_type.Says("text"u8) ? "text" : "refusal", "it must be a string");
            }

            writer.WriteString("type"u8, "text"u8);
            AnthropicRequest.WriteRaw(writer, "text", Words);
        }
        else if (_type.Says("image_url"u8))
        {
            WriteImage(writer);
        }
        else if (_type.Says("file"u8))
        {
            WriteDocument(writer);
        }
        else
        {
            throw _place.Unsupported("type", "it cannot be carried to Anthropic (text, image_url and file can)");
        }

        if (_cacheControl.IsObject)
        {
            AnthropicRequest.WriteRaw(writer, "cache_control", _cacheControl);
        }

        writer.WriteEndObject();
    }

    private readonly void WriteImage(Utf8JsonWriter writer)
    {
        var value = _imageUrl.IsObject ? AnthropicRequest.Member(_imageUrl, "url"u8) : default;
        if (!value.TryUnescape(out var url))
        {
            throw _place.Unsupported("image_url.url", "it must be a string");
        }

        writer.WriteString("type"u8, "image"u8);
        if (StartsWith(url, "http://"u8) || StartsWith(url, "https://"u8))
        {
            writer.WriteStartObject("source"u8);
            writer.WriteString("type"u8, "url"u8);
            writer.WriteString("url"u8, url);
            writer.WriteEndObject();
            return;
        }

        if (!TryReadData(url, out var mediaType, out var data))
        {
            throw _place.Unsupported("image_url.url", "it must be an http, https or base64 data URL");
        }

        // The name that is often written and was never registered.
        mediaType = mediaType.SequenceEqual("image/jpg"u8) ? "image/jpeg"u8 : mediaType;
        if (!mediaType.SequenceEqual("image/jpeg"u8) && !mediaType.SequenceEqual("image/png"u8)
            && !mediaType.SequenceEqual("image/gif"u8) && !mediaType.SequenceEqual("image/webp"u8))
        {
            throw _place.Unsupported("image_url.url", "Anthropic takes JPEG, PNG, GIF and WebP");
        }

        WriteBase64(writer, mediaType, data);
    }

    private readonly void WriteDocument(Utf8JsonWriter writer)
    {
        var value = _file.IsObject ? AnthropicRequest.Member(_file, "file_data"u8) : default;
        if (value.IsMissing)
        {
            throw _place.Unsupported("file.file_data", "the file itself is needed: ids are known to one provider only");
        }

        if (!value.TryUnescape(out var url) || !TryReadData(url, out var mediaType, out var data)
            || !mediaType.SequenceEqual("application/pdf"u8))
        {
            throw _place.Unsupported("file.file_data", "it must be a PDF in a base64 data URL");
        }

        writer.WriteString("type"u8, "document"u8);
        WriteBase64(writer, mediaType, data);
        var title = AnthropicRequest.Member(_file, "filename"u8);
        if (!title.Text.IsEmpty)
        {
            AnthropicRequest.WriteRaw(writer, "title", title);
        }
    }

    private static void WriteBase64(
        Utf8JsonWriter writer, ReadOnlySpan<byte> mediaType, ReadOnlySpan<byte> data)
    {
        writer.WriteStartObject("source"u8);
        writer.WriteString("type"u8, "base64"u8);
        writer.WriteString("media_type"u8, mediaType);
        writer.WriteString("data"u8, data);
        writer.WriteEndObject();
    }

    /// <summary>Reads <c>data:image/png;base64,…</c>, with or without parameters in between (RFC 2397).</summary>
    private static bool TryReadData(
        ReadOnlySpan<byte> url, out ReadOnlySpan<byte> mediaType, out ReadOnlySpan<byte> data)
    {
        mediaType = default;
        data = default;
        var comma = url.IndexOf((byte)',');
        if (!StartsWith(url, "data:"u8) || comma < 0 || !url[..comma].EndsWith(";base64"u8))
        {
            return false;
        }

        mediaType = url[5..comma];
        mediaType = mediaType[..mediaType.IndexOf((byte)';')];
        data = url[(comma + 1)..];
        return !data.IsEmpty;
    }

    private static bool StartsWith(ReadOnlySpan<byte> url, ReadOnlySpan<byte> scheme) =>
        url.Length > scheme.Length && System.Text.Ascii.EqualsIgnoreCase(url[..scheme.Length], scheme);
}

using System.Text;

namespace Holdfast.Gateway.Providers.Translation;

/// <summary>What a part of a message's content is.</summary>
internal enum ChatPartKind
{
    Other,

    /// <summary>Text, or a refusal of an earlier answer, which is text as well.</summary>
    Text,
    Image,
    File,
    Audio,
}

/// <summary>One part of a message's content.</summary>
internal ref struct ChatPart
{
    /// <summary>For text: a string.</summary>
    public JsonView Words;

    /// <summary>An extension that some callers send for Anthropic's models.</summary>
    public JsonView CacheControl;

    private JsonView _imageUrl;
    private JsonView _file;
    private JsonView _audio;
    private int _message;
    private int _part;

    public ChatPartKind Kind { get; private set; }

    /// <summary>For images: how closely the model is to look; missing where nothing is said.</summary>
    public readonly JsonView Detail => _imageUrl.Member("detail"u8);

    /// <summary>Most providers refuse text without text; it says nothing, so it can be left out.</summary>
    public readonly bool IsEmptyText => Kind == ChatPartKind.Text && Words.Text.IsEmpty;

    /// <param name="text">A string.</param>
    public static ChatPart OfText(JsonView text) => new() { Kind = ChatPartKind.Text, Words = text };

    /// <exception cref="UnsupportedFieldException">It is no part of OpenAI's.</exception>
    public static ChatPart Read(JsonView value, int message, int index)
    {
        var part = default(ChatPart);
        part._message = message;
        part._part = index;
        if (!value.IsObject)
        {
            throw part.Invalid("type", "a part must be an object with a type");
        }

        JsonView type = default, text = default, refusal = default;
        var members = value.Members();
        while (members.Next())
        {
            switch (members.Name)
            {
                case var name when name.SequenceEqual("type"u8): type = members.Value; break;
                case var name when name.SequenceEqual("text"u8): text = members.Value; break;
                case var name when name.SequenceEqual("refusal"u8): refusal = members.Value; break;
                case var name when name.SequenceEqual("image_url"u8): part._imageUrl = members.Value; break;
                case var name when name.SequenceEqual("file"u8): part._file = members.Value; break;
                case var name when name.SequenceEqual("input_audio"u8): part._audio = members.Value; break;
                case var name when name.SequenceEqual("cache_control"u8): part.CacheControl = members.Value; break;
            }
        }

        var isRefusal = type.Says("refusal"u8);
        part.Kind = isRefusal || type.Says("text"u8) ? ChatPartKind.Text
            : type.Says("image_url"u8) ? ChatPartKind.Image
            : type.Says("file"u8) ? ChatPartKind.File
            : type.Says("input_audio"u8) ? ChatPartKind.Audio
            : ChatPartKind.Other;
        part.Words = isRefusal ? refusal : text;
        if (!type.IsString)
        {
            throw part.Invalid("type", "it must be a string");
        }

        return part.Kind != ChatPartKind.Text || part.Words.IsString
            ? part
            : throw part.Invalid(isRefusal ? "refusal" : "text", "it must be a string");
    }

    public readonly UnsupportedFieldException Unsupported(string member, string reason) =>
        Refusals.Unsupported($"messages[{_message}].content[{_part}].{member}", reason);

    public readonly UnsupportedFieldException Invalid(string member, string reason) =>
        Refusals.Invalid($"messages[{_message}].content[{_part}].{member}", reason);

    /// <summary>Where the image is: a link, which nobody here follows, or the image itself.</summary>
    /// <exception cref="UnsupportedFieldException">It is neither.</exception>
    public readonly ChatMedia Image()
    {
        if (!_imageUrl.Member("url"u8).TryUnescape(out var url))
        {
            throw Invalid("image_url.url", "it must be a string");
        }

        if (StartsWith(url, "http://"u8) || StartsWith(url, "https://"u8))
        {
            return new ChatMedia { Link = url };
        }

        if (!TryReadData(url, out var media))
        {
            throw Invalid("image_url.url", "it must be an http, https or base64 data URL");
        }

        // The name that is often written and was never registered.
        return media.Type.SequenceEqual("image/jpg"u8) ? media with { Type = "image/jpeg"u8 } : media;
    }

    /// <summary>The file itself.</summary>
    /// <exception cref="UnsupportedFieldException">It is only named, or in no data URL.</exception>
    public readonly ChatMedia File()
    {
        var data = _file.Member("file_data"u8);
        if (!_file.IsObject)
        {
            throw Invalid("file", "it must be an object");
        }

        if (data.IsMissing)
        {
            throw Unsupported("file.file_data", "the file itself is needed: ids are known to one provider only");
        }

        return data.TryUnescape(out var url) && TryReadData(url, out var media)
            ? media with { Title = _file.Member("filename"u8) }
            : throw Invalid("file.file_data", "it must be a base64 data URL");
    }

    /// <summary>The sound itself.</summary>
    /// <exception cref="UnsupportedFieldException">Its data or its format is missing.</exception>
    public readonly ChatMedia Sound()
    {
        var format = _audio.Member("format"u8);
        if (!_audio.Member("data"u8).TryUnescape(out var data) || data.IsEmpty)
        {
            throw Invalid("input_audio.data", "it must be a string that is not empty");
        }

        return new ChatMedia
        {
            Data = data,
            Type = format.Says("wav"u8) ? "audio/wav"u8
                : format.Says("mp3"u8) ? "audio/mp3"u8
                : throw Invalid("input_audio.format", "it must be wav or mp3"),
        };
    }

    /// <summary>Reads <c>data:image/png;base64,…</c>, with or without parameters in between (RFC 2397).</summary>
    private static bool TryReadData(ReadOnlySpan<byte> url, out ChatMedia media)
    {
        media = default;
        var comma = url.IndexOf((byte)',');
        if (!StartsWith(url, "data:"u8) || comma < 0 || !url[..comma].EndsWith(";base64"u8))
        {
            return false;
        }

        var type = url[5..comma];
        media = new ChatMedia { Type = type[..type.IndexOf((byte)';')], Data = url[(comma + 1)..] };
        return !media.Data.IsEmpty;
    }

    private static bool StartsWith(ReadOnlySpan<byte> url, ReadOnlySpan<byte> scheme) =>
        url.Length > scheme.Length && Ascii.EqualsIgnoreCase(url[..scheme.Length], scheme);
}

/// <summary>An image, a document or a sound: a link to it, or its base64 and its type.</summary>
internal readonly ref struct ChatMedia
{
    /// <summary>Empty where the data itself is here. Never fetched by the gateway.</summary>
    public ReadOnlySpan<byte> Link { get; init; }

    /// <summary>The media type as the caller wrote it; for links empty.</summary>
    public ReadOnlySpan<byte> Type { get; init; }

    /// <summary>Base64; not checked.</summary>
    public ReadOnlySpan<byte> Data { get; init; }

    /// <summary>A file's name, if it has one.</summary>
    public JsonView Title { get; init; }

    public bool IsLink => !Link.IsEmpty;
}

/// <summary>Walks the parts of one message; content that is a string is one part, missing content none.</summary>
internal ref struct ChatParts(JsonView content, int message)
{
    private readonly JsonView _text = content.IsString ? content : default;
    private JsonItems _items = content.IsArray ? content.Items() : default;
    private int _index = -1;

    public ChatPart Part { get; private set; }

    /// <exception cref="UnsupportedFieldException">The next one is no part.</exception>
    public bool Next()
    {
        if (_text.IsString)
        {
            Part = ChatPart.OfText(_text);
            return ++_index == 0;
        }

        if (!_items.Next())
        {
            return false;
        }

        Part = ChatPart.Read(_items.Value, message, ++_index);
        return true;
    }
}

/// <summary>Walks the texts of a request's system messages; those that say nothing are passed over.</summary>
internal ref struct ChatSystemTexts(JsonView messages)
{
    private ChatMessages _messages = new(messages);
    private ChatParts _parts;

    public readonly ChatPart Part => _parts.Part;

    /// <exception cref="UnsupportedFieldException">The next one is no message, or no text.</exception>
    public bool Next()
    {
        while (true)
        {
            while (_parts.Next())
            {
                if (_parts.Part.Kind != ChatPartKind.Text)
                {
                    throw _parts.Part.Unsupported("type", "only text can stand here");
                }

                if (!_parts.Part.IsEmptyText)
                {
                    return true;
                }
            }

            do
            {
                if (!_messages.Next())
                {
                    return false;
                }
            }
            while (_messages.Message.Role != ChatRole.System);

            _parts = _messages.Message.Parts();
        }
    }
}

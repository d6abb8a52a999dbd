using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Anthropic;

internal enum CallerBlockKind
{
    /// <summary>Without a counterpart: what only Anthropic's own tools say, and what is yet to come.</summary>
    Other,
    Text,
    Image,
    Document,

    /// <summary>Readable or redacted.</summary>
    Thinking,
    ToolUse,
    ToolResult,
}

/// <summary>One content block of a request.</summary>
internal ref struct CallerBlock
{
    public CallerBlockKind Kind;

    /// <summary>Where it stands, for refusals.</summary>
    public string Place;

    /// <summary>Of a text: a string.</summary>
    public JsonView Text;

    /// <summary>Of a tool's use: strings, and an object.</summary>
    public JsonView Id;
    public JsonView Name;
    public JsonView Input;

    /// <summary>Of a tool's result: a string.</summary>
    public JsonView ToolUseId;
    public JsonView Content;
    public bool IsError;

    private JsonView _source;
    private JsonView _title;
    private JsonView _context;
    private JsonView _citations;

    /// <exception cref="UnsupportedFieldException">It is no block, or lacks what one of its kind has.</exception>
    public static CallerBlock Read(JsonView value, string place)
    {
        var block = default(CallerBlock);
        block.Place = place;
        JsonView type = default, isError = default;
        if (!value.IsObject)
        {
            throw Refusals.Invalid(place, "it must be an object with a type");
        }

        var members = value.Members();
        while (members.Next())
        {
            switch (members.Name)
            {
                case var name when name.SequenceEqual("type"u8): type = members.Value; break;
                case var name when name.SequenceEqual("text"u8): block.Text = members.Value; break;
                case var name when name.SequenceEqual("source"u8): block._source = members.Value; break;
                case var name when name.SequenceEqual("title"u8): block._title = members.Value; break;
                case var name when name.SequenceEqual("context"u8): block._context = members.Value; break;
                case var name when name.SequenceEqual("citations"u8): block._citations = members.Value; break;
                case var name when name.SequenceEqual("id"u8): block.Id = members.Value; break;
                case var name when name.SequenceEqual("name"u8): block.Name = members.Value; break;
                case var name when name.SequenceEqual("input"u8): block.Input = members.Value; break;
                case var name when name.SequenceEqual("tool_use_id"u8): block.ToolUseId = members.Value; break;
                case var name when name.SequenceEqual("content"u8): block.Content = members.Value; break;
                case var name when name.SequenceEqual("is_error"u8): isError = members.Value; break;
            }
        }

        if (!type.IsString)
        {
            throw block.Invalid("type", "it must be a string");
        }

        block.Kind = KindOf(type);
        block.IsError = isError.IsFlagOrMissing
            ? isError.IsTrue
            : throw block.Invalid("is_error", "it must be true or false");
        block.Check();
        return block;
    }

    public readonly UnsupportedFieldException Unsupported(string member, string reason) =>
        Refusals.Unsupported($"{Place}.{member}", reason);

    public readonly UnsupportedFieldException Invalid(string member, string reason) =>
        Refusals.Invalid($"{Place}.{member}", reason);

    public readonly void WriteText(JsonOutput output)
    {
        output.BeginObject();
        output.Word("type"u8, "text"u8);
        output.Value("text"u8, Text);
        output.EndObject();
    }

    /// <summary>Writes it as a part of an OpenAI message's content.</summary>
    /// <exception cref="UnsupportedFieldException">There is no such part.</exception>
    public readonly void WritePart(JsonOutput output, Refusals refusals)
    {
        switch (Kind)
        {
            case CallerBlockKind.Text: WriteText(output); break;
            case CallerBlockKind.Image: WriteImage(output); break;
            case CallerBlockKind.Document: WriteDocument(output, refusals); break;
            default: throw Unsupported("type", "only text, image and document can be carried to other providers");
        }
    }

    private static CallerBlockKind KindOf(JsonView type) =>
        type.Says("text"u8) ? CallerBlockKind.Text
        : type.Says("image"u8) ? CallerBlockKind.Image
        : type.Says("document"u8) ? CallerBlockKind.Document
        : type.Says("thinking"u8) || type.Says("redacted_thinking"u8) ? CallerBlockKind.Thinking
        : type.Says("tool_use"u8) ? CallerBlockKind.ToolUse
        : type.Says("tool_result"u8) ? CallerBlockKind.ToolResult
        : CallerBlockKind.Other;

    private readonly void Check()
    {
        if (Kind == CallerBlockKind.Text && !Text.IsString)
        {
            throw Invalid("text", "it must be a string");
        }

        if (Kind == CallerBlockKind.ToolResult && (!ToolUseId.IsString || ToolUseId.Text.IsEmpty))
        {
            throw Invalid("tool_use_id", "it must be a string that is not empty");
        }

        if (Kind != CallerBlockKind.ToolUse)
        {
            return;
        }

        var wrong = !Id.IsString || Id.Text.IsEmpty ? "id" : !Name.IsString ? "name" : null;
        if (wrong is not null)
        {
            throw Invalid(wrong, "it must be a string that is not empty");
        }

        if (!Input.IsObject)
        {
            throw Invalid("input", "it must be an object");
        }
    }

    private readonly void WriteImage(JsonOutput output)
    {
        output.BeginObject();
        output.Word("type"u8, "image_url"u8);
        output.BeginObject("image_url"u8);
        var type = _source.Member("type"u8);
        if (type.Says("url"u8))
        {
            var url = _source.Member("url"u8);
            output.Value("url"u8, url.IsString ? url : throw Invalid("source.url", "it must be a string"));
        }
        else
        {
            WriteData(output, "url"u8, type);
        }

        output.EndObject();
        output.EndObject();
    }

    private readonly void WriteDocument(JsonOutput output, Refusals refusals)
    {
        if (_citations.Member("enabled"u8).IsTrue)
        {
            refusals.Option($"{Place}.citations", "only Anthropic's models cite");
        }

        if (!_context.IsMissing)
        {
            refusals.Option($"{Place}.context");
        }

        var type = _source.Member("type"u8);
        var data = _source.Member("data"u8);
        output.BeginObject();
        if (type.Says("text"u8) && data.IsString)
        {
            if (!_title.IsMissing)
            {
                refusals.Option($"{Place}.title");
            }

            output.Word("type"u8, "text"u8);
            output.Value("text"u8, data);
        }
        else
        {
            output.Word("type"u8, "file"u8);
            output.BeginObject("file"u8);
            output.Name("filename"u8);
            output.Raw(_title.IsString ? _title.Raw : "\"document.pdf\""u8);
            WriteData(output, "file_data"u8, type);
            output.EndObject();
        }

        output.EndObject();
    }

    private readonly void WriteData(JsonOutput output, ReadOnlySpan<byte> member, JsonView type)
    {
        var media = _source.Member("media_type"u8);
        var data = _source.Member("data"u8);
        if (!type.Says("base64"u8) || !media.IsString || !data.IsString)
        {
            throw Unsupported("source", "it must be base64 data with its media_type, or the url of an image; "
                + "ids of files are known to one provider only");
        }

        output.Name(member);
        output.BeginString();
        output.Piece("data:"u8);
        output.Piece(media.Text);
        output.Piece(";base64,"u8);
        output.Piece(data.Text);
        output.EndString();
    }
}

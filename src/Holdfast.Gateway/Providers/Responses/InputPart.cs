using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Responses;

/// <summary>One part of an item's content or of a tool's output, and where it stands, for refusals.</summary>
internal readonly struct InputPart(JsonOutput output, Refusals refusals, int item, string list, int part)
{
    /// <summary>What a part says in words, a refusal of before included; missing where it is something else.</summary>
    public static JsonView TextOf(JsonView value)
    {
        var type = value.Member("type"u8);
        return type.Says("input_text"u8) || type.Says("output_text"u8) || type.Says("text"u8) ? value.Member("text"u8)
            : type.Says("refusal"u8) ? value.Member("refusal"u8)
            : default;
    }

    /// <summary>Writes it as a part of a chat message's content.</summary>
    /// <exception cref="UnsupportedFieldException">There is no such part.</exception>
    public void Write(JsonView value, bool textOnly)
    {
        var type = value.Member("type"u8);
        var text = TextOf(value);
        if (!type.IsString)
        {
            throw Refusals.Invalid(Place("type"), "it must be a string");
        }

        output.BeginObject();
        if (text.IsString)
        {
            output.Word("type"u8, "text"u8);
            output.Value("text"u8, text);
        }
        else if (!textOnly && type.Says("input_image"u8))
        {
            WriteImage(value);
        }
        else if (!textOnly && type.Says("input_file"u8))
        {
            WriteFile(value);
        }
        else
        {
            throw Unsupported("type", textOnly
                ? "only text can stand here"
                : "it must be input_text with a text, input_image or input_file");
        }

        output.EndObject();
    }

    private void WriteImage(JsonView value)
    {
        var url = value.Member("image_url"u8);
        var detail = value.Member("detail"u8);
        if (!url.IsString)
        {
            throw Unsupported("image_url", "it must be a string: ids of files are known to one provider only");
        }

        output.Word("type"u8, "image_url"u8);
        output.BeginObject("image_url"u8);
        output.Value("url"u8, url);
        if (detail.Says("low"u8) || detail.Says("high"u8))
        {
            output.Value("detail"u8, detail);
        }
        else if (!detail.IsTextOrMissing)
        {
            throw Refusals.Invalid(Place("detail"), "it must be a string");
        }
        else if (!detail.IsMissing && !detail.Says("auto"u8))
        {
            refusals.Option(Place("detail"), "it must be auto, low or high");
        }

        output.EndObject();
    }

    private void WriteFile(JsonView value)
    {
        var data = value.Member("file_data"u8);
        var name = value.Member("filename"u8);
        if (!data.IsString)
        {
            throw Unsupported("file_data", "the file itself is needed: ids and links are known to one provider only");
        }

        output.Word("type"u8, "file"u8);
        output.BeginObject("file"u8);
        if (name.IsString)
        {
            output.Value("filename"u8, name);
        }

        output.Value("file_data"u8, data);
        output.EndObject();
    }

    private string Place(string member) => $"input[{item}].{list}[{part}].{member}";

    private UnsupportedFieldException Unsupported(string member, string reason) =>
        Refusals.Unsupported(Place(member), reason);
}

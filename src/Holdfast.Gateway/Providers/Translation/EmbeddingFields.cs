using System.Text;
using System.Text.Json;

namespace Holdfast.Gateway.Providers.Translation;

/// <summary>An OpenAI embeddings request for a dialect that takes texts: every other input is refused.</summary>
internal readonly ref struct EmbeddingFields
{
    private readonly JsonView _input;

    private EmbeddingFields(JsonView input, JsonView dimensions)
    {
        _input = input;
        Dimensions = dimensions;
    }

    /// <summary>How many numbers each vector is to have; missing where the model decides.</summary>
    public JsonView Dimensions { get; }

    /// <param name="body">The request.</param>
    /// <param name="refusals">What becomes of the fields that no dialect but OpenAI's has.</param>
    /// <exception cref="JsonException">The request is no object.</exception>
    /// <exception cref="UnsupportedFieldException">It asks for what only OpenAI's API can do.</exception>
    public static EmbeddingFields Read(JsonView body, Refusals refusals)
    {
        var input = default(JsonView);
        var dimensions = default(JsonView);
        var members = body.Members();
        while (members.Next())
        {
            switch (members.Name)
            {
                case var name when name.SequenceEqual("input"u8): input = members.Value; break;
                case var name when name.SequenceEqual("dimensions"u8): dimensions = members.Value; break;
                // The user is for whom the answer is, and the model is the target's.
                case var name when name.SequenceEqual("model"u8) || name.SequenceEqual("user"u8): break;
                case var name when name.SequenceEqual("encoding_format"u8)
                    && (members.Value.IsMissing || members.Value.Says("float"u8) || members.Value.Says("base64"u8)):
                    // Written as asked when the answer comes.
                    break;
                case var name when name.SequenceEqual("encoding_format"u8):
                    throw Refusals.Invalid("encoding_format", "it must be float or base64");
                case var name when !members.Value.IsMissing:
                    refusals.Option(Encoding.UTF8.GetString(name));
                    break;
            }
        }

        if (!dimensions.IsMissing && !(dimensions.TryGetInt64(out var count) && count > 0))
        {
            throw Refusals.Invalid("dimensions", "it must be a whole number of at least 1");
        }

        return new EmbeddingFields(input, dimensions);
    }

    /// <summary>Walks the texts.</summary>
    public EmbeddingTexts Texts() => new(_input);
}

/// <summary>Walks the texts of an embeddings request.</summary>
internal ref struct EmbeddingTexts(JsonView input)
{
    private readonly JsonView _input = input;
    private JsonItems _items = input.IsArray ? input.Items() : default;
    private int _at = -1;

    public JsonView Value { get; private set; }

    /// <exception cref="UnsupportedFieldException">The next one is no text.</exception>
    public bool Next()
    {
        _at++;
        if (!_input.IsArray && _at > 0)
        {
            return false;
        }

        if (_input.IsArray)
        {
            if (!_items.Next())
            {
                return false;
            }

            Value = _items.Value;
        }
        else
        {
            Value = _input;
        }

        var place = _input.IsArray ? $"input[{_at}]" : "input";
        return Value.IsString ? true
            : throw (Value.IsNumber || (Value.IsArray && _input.IsArray)
                ? Refusals.Unsupported(place, "only texts can be embedded here, no tokens")
                : Refusals.Invalid(place, "it must be a text"));
    }
}

namespace Holdfast.Gateway.Providers.Translation;

/// <summary>Options of a request that more than one dialect writes in the same way but for their names.</summary>
internal static class ChatOptions
{
    /// <summary>Copies a number, digits and all.</summary>
    /// <param name="output">The request.</param>
    /// <param name="field">What OpenAI calls it.</param>
    /// <param name="name">What the provider calls it.</param>
    /// <param name="value">Missing: nothing is written.</param>
    /// <exception cref="UnsupportedFieldException">It is no number.</exception>
    public static void WriteNumber(JsonOutput output, string field, ReadOnlySpan<byte> name, JsonView value)
    {
        if (value.IsMissing)
        {
            return;
        }

        output.Value(name, value.IsNumber ? value : throw Refusals.Invalid(field, "it must be a number"));
    }

    /// <summary>Writes <c>stop</c>, a word or a list of words, as a list.</summary>
    /// <param name="output">The request.</param>
    /// <param name="name">What the provider calls it.</param>
    /// <param name="stop">Missing: nothing is written.</param>
    /// <param name="takesBlank">The provider takes words of white space alone.</param>
    /// <param name="refusals">What becomes of such words otherwise.</param>
    /// <exception cref="UnsupportedFieldException">It is neither, or cannot be carried over.</exception>
    public static void WriteStop(
        JsonOutput output, ReadOnlySpan<byte> name, JsonView stop, bool takesBlank, Refusals refusals)
    {
        if (stop.IsMissing)
        {
            return;
        }

        if (stop.IsString)
        {
            if (IsUsable(stop, "stop", takesBlank, refusals))
            {
                output.BeginArray(name);
                output.Value(stop);
                output.EndArray();
            }

            return;
        }

        if (!stop.IsArray)
        {
            throw Refusals.Invalid("stop", "it must be a string or an array of strings");
        }

        var begun = false;
        var items = stop.Items();
        for (var i = 0; items.Next(); i++)
        {
            if (!IsUsable(items.Value, $"stop[{i}]", takesBlank, refusals))
            {
                continue;
            }

            if (!begun)
            {
                output.BeginArray(name);
                begun = true;
            }

            output.Value(items.Value);
        }

        if (begun)
        {
            output.EndArray();
        }
    }

    /// <summary>
    /// The schema that <c>response_format</c> asks for; missing where it asks for none or for plain JSON.
    /// </summary>
    /// <param name="format">The field.</param>
    /// <param name="isJson">It asks for JSON without a schema: <c>json_object</c>.</param>
    /// <param name="refusals">What becomes of formats that nobody knows.</param>
    /// <exception cref="UnsupportedFieldException">It is no format of OpenAI's, or cannot be carried over.</exception>
    public static JsonView Schema(JsonView format, out bool isJson, Refusals refusals)
    {
        isJson = false;
        if (format.IsMissing)
        {
            return default;
        }

        if (!format.IsObject)
        {
            throw Refusals.Invalid("response_format", "it must be an object");
        }

        var type = format.Member("type"u8);
        if (type.Says("json_schema"u8))
        {
            var schema = format.Member("json_schema"u8).Member("schema"u8);
            return schema.IsObject
                ? schema
                : throw Refusals.Invalid("response_format.json_schema.schema", "it must be an object");
        }

        isJson = type.Says("json_object"u8);
        if (!isJson && !type.Says("text"u8))
        {
            refusals.Option("response_format", "its type must be text, json_object or json_schema");
        }

        return default;
    }

    /// <summary>Writes <c>logprobs</c> and how many others each token has beside it.</summary>
    /// <param name="output">The request.</param>
    /// <param name="fields">OpenAI's fields.</param>
    /// <param name="name">What the provider calls the first.</param>
    /// <param name="topName">What the provider calls the second.</param>
    /// <param name="refusals">What becomes of the second without the first.</param>
    /// <exception cref="UnsupportedFieldException">They are not shaped as OpenAI's API says.</exception>
    public static void WriteLogprobs(
        JsonOutput output, in ChatFields fields, ReadOnlySpan<byte> name, ReadOnlySpan<byte> topName,
        Refusals refusals)
    {
        var logprobs = fields[ChatField.Logprobs];
        if (!logprobs.IsMissing && !logprobs.IsTrue && !logprobs.IsFalse)
        {
            throw Refusals.Invalid("logprobs", "it must be true or false");
        }

        if (logprobs.IsTrue)
        {
            output.True(name);
            WriteNumber(output, "top_logprobs", topName, fields[ChatField.TopLogprobs]);
        }
        else if (fields[ChatField.TopLogprobs] is { IsMissing: false } top
            && !ChatFields.IsWithoutEffect(ChatField.TopLogprobs, top))
        {
            refusals.Option("top_logprobs", "it needs logprobs to be true");
        }
    }

    private static bool IsUsable(JsonView stop, string field, bool takesBlank, Refusals refusals)
    {
        if (!stop.TryUnescape(out var text))
        {
            throw Refusals.Invalid(field, "it must be a string");
        }

        if (takesBlank || text.IndexOfAnyExcept(" \t\r\n\f\v"u8) >= 0)
        {
            return true;
        }

        refusals.Option(field, $"{refusals.Provider} takes no stop sequence of white space alone");
        return false;
    }
}

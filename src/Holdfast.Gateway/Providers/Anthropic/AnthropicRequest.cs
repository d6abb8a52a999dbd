using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>Writes an OpenAI chat request as a request to Anthropic's Messages API.</summary>
internal static class AnthropicRequest
{
    /// <summary>Escapes only what JSON demands, so that text stays readable and bytes stay few.</summary>
    public static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <exception cref="UnsupportedFieldException">
    /// Anthropic cannot do what the caller asks; what is in <paramref name="output"/> by then is of no use.
    /// </exception>
    public static void Write(CallRequest call, string model, ProviderOptions options, IBufferWriter<byte> output)
    {
        try
        {
            var fields = AnthropicFields.Read(call.Body.Span, options.DropUnsupported);
            using var writer = new Utf8JsonWriter(output, WriterOptions);
            Write(writer, fields, call, model, options);
        }
        catch (JsonException)
        {
            // The face checks JSON, but not against the depth that a reader allows by default.
            throw AnthropicFields.Unsupported("body", "it must be a JSON object of moderate depth");
        }
    }

    private static void Write(
        Utf8JsonWriter writer, in AnthropicFields fields, CallRequest call, string model, ProviderOptions options)
    {
        var drop = options.DropUnsupported;
        writer.WriteStartObject();
        writer.WriteString("model"u8, model);
        WriteMaxTokens(writer, fields, options.DefaultMaxTokens);
        new AnthropicMessages(writer).Write(fields.Messages);
        if (call.Stream)
        {
            writer.WriteBoolean("stream"u8, true);
        }

        AnthropicTools.Write(writer, fields, drop);
        WriteTemperature(writer, fields.Temperature, drop);
        WriteNumber(writer, "top_p", fields.TopP);
        WriteNumber(writer, "top_k", fields.TopK);
        WriteStop(writer, fields.Stop, drop);
        WriteThinking(writer, fields.Thinking);
        WriteUser(writer, fields);
        WriteResponseFormat(writer, fields.ResponseFormat, drop);
        writer.WriteEndObject();
    }

    private static void WriteMaxTokens(Utf8JsonWriter writer, in AnthropicFields fields, int defaultMaxTokens)
    {
        if (!fields.MaxCompletionTokens.IsMissing)
        {
            WriteNumber(writer, "max_completion_tokens", fields.MaxCompletionTokens, "max_tokens");
        }
        else if (!fields.MaxTokens.IsMissing)
        {
            WriteNumber(writer, "max_tokens", fields.MaxTokens);
        }
        else
        {
            writer.WriteNumber("max_tokens"u8, defaultMaxTokens);
        }
    }

    private static void WriteTemperature(Utf8JsonWriter writer, JsonView temperature, bool drop)
    {
        if (!temperature.TryGetDouble(out var value) || value is >= 0 and <= 1)
        {
            WriteNumber(writer, "temperature", temperature);
        }
        else
        {
            AnthropicFields.Refuse(drop, "temperature", "Anthropic takes 0 to 1");
        }
    }

    private static void WriteNumber(Utf8JsonWriter writer, string field, JsonView value, string? name = null)
    {
        if (value.IsMissing)
        {
            return;
        }

        if (!value.IsNumber)
        {
            throw AnthropicFields.Unsupported(field, "it must be a number");
        }

        WriteRaw(writer, name ?? field, value);
    }

    private static void WriteStop(Utf8JsonWriter writer, JsonView stop, bool drop)
    {
        if (stop.IsMissing)
        {
            return;
        }

        if (stop.IsString)
        {
            if (IsUsableStop(stop, "stop", drop))
            {
                writer.WriteStartArray("stop_sequences"u8);
                writer.WriteRawValue(stop.Raw, skipInputValidation: true);
                writer.WriteEndArray();
            }

            return;
        }

        if (!stop.IsArray)
        {
            throw AnthropicFields.Unsupported("stop", "it must be a string or an array of strings");
        }

        var begun = false;
        var items = stop.Items();
        for (var i = 0; items.Next(); i++)
        {
            if (!IsUsableStop(items.Value, $"stop[{i}]", drop))
            {
                continue;
            }

            if (!begun)
            {
                writer.WriteStartArray("stop_sequences"u8);
                begun = true;
            }

            writer.WriteRawValue(items.Value.Raw, skipInputValidation: true);
        }

        if (begun)
        {
            writer.WriteEndArray();
        }
    }

    private static bool IsUsableStop(JsonView stop, string field, bool drop)
    {
        if (!stop.TryUnescape(out var text))
        {
            throw AnthropicFields.Unsupported(field, "it must be a string");
        }

        if (text.IndexOfAnyExcept(" \t\r\n\f\v"u8) >= 0)
        {
            return true;
        }

        AnthropicFields.Refuse(drop, field, "Anthropic takes no stop sequence of white space alone");
        return false;
    }

    private static void WriteThinking(Utf8JsonWriter writer, JsonView thinking)
    {
        if (thinking.IsMissing)
        {
            return;
        }

        if (!thinking.IsObject)
        {
            throw AnthropicFields.Unsupported("thinking", "it must be an object");
        }

        WriteRaw(writer, "thinking", thinking);
    }

    private static void WriteUser(Utf8JsonWriter writer, in AnthropicFields fields)
    {
        // safety_identifier is what OpenAI replaced user by.
        var isNew = !fields.SafetyIdentifier.IsMissing;
        var user = isNew ? fields.SafetyIdentifier : fields.User;
        if (user.IsMissing)
        {
            return;
        }

        if (!user.IsString)
        {
            throw AnthropicFields.Unsupported(isNew ? "safety_identifier" : "user", "it must be a string");
        }

        writer.WriteStartObject("metadata"u8);
        WriteRaw(writer, "user_id", user);
        writer.WriteEndObject();
    }

    private static void WriteResponseFormat(Utf8JsonWriter writer, JsonView format, bool drop)
    {
        if (format.IsMissing)
        {
            return;
        }

        if (!format.IsObject)
        {
            throw AnthropicFields.Unsupported("response_format", "it must be an object");
        }

        var type = Member(format, "type"u8);
        if (type.Says("json_schema"u8))
        {
            WriteSchema(writer, Member(format, "json_schema"u8));
        }
        else if (!type.Says("text"u8))
        {
            AnthropicFields.Refuse(drop, "response_format", "Anthropic knows the types text and json_schema");
        }
    }

    private static void WriteSchema(Utf8JsonWriter writer, JsonView jsonSchema)
    {
        var schema = jsonSchema.IsObject ? Member(jsonSchema, "schema"u8) : default;
        if (!schema.IsObject)
        {
            throw AnthropicFields.Unsupported("response_format.json_schema.schema", "it must be an object");
        }

        writer.WriteStartObject("output_config"u8);
        writer.WriteStartObject("format"u8);
        writer.WriteString("type"u8, "json_schema"u8);
        WriteRaw(writer, "schema", schema);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <summary>The last member of that name, as every reader of JSON takes it.</summary>
    public static JsonView Member(JsonView value, ReadOnlySpan<byte> name)
    {
        var found = default(JsonView);
        var members = value.Members();
        while (members.Next())
        {
            if (members.Name.SequenceEqual(name))
            {
                found = members.Value;
            }
        }

        return found;
    }

    /// <summary>Copies a value as it was written; it has been read, so it is valid.</summary>
    public static void WriteRaw(Utf8JsonWriter writer, string name, JsonView value)
    {
        writer.WritePropertyName(name);
        writer.WriteRawValue(value.Raw, skipInputValidation: true);
    }
}

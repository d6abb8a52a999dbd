using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Holdfast.Gateway.Configuration;

/// <summary>
/// A part of the file as the JSON that it stands for: what is written without quotes and looks like a number, true,
/// false or null is one (YAML's core schema, as far as JSON has the value); all else is text.
/// </summary>
internal static class NodeJson
{
    public static JsonDocument ToDocument(ConfigurationNode node)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
            Write(writer, node);
        return JsonDocument.Parse(json.WrittenMemory);
    }

    private static void Write(Utf8JsonWriter writer, ConfigurationNode node)
    {
        switch (node)
        {
            case MappingNode mapping:
                writer.WriteStartObject();
                foreach (var entry in mapping.Entries)
                {
                    writer.WritePropertyName(entry.Key);
                    Write(writer, entry.Value);
                }

                writer.WriteEndObject();
                break;
            case SequenceNode list:
                writer.WriteStartArray();
                foreach (var item in list.Items)
                    Write(writer, item);
                writer.WriteEndArray();
                break;
            case ScalarNode scalar:
                WriteScalar(writer, scalar);
                break;
        }
    }

    private static void WriteScalar(Utf8JsonWriter writer, ScalarNode scalar)
    {
        if (scalar.IsNull)
            writer.WriteNullValue();
        else if (!scalar.IsPlain)
            writer.WriteStringValue(scalar.Text);
        else if (scalar.Text is "true" or "True" or "TRUE")
            writer.WriteBooleanValue(true);
        else if (scalar.Text is "false" or "False" or "FALSE")
            writer.WriteBooleanValue(false);
        else if (IsNumber(scalar.Text))
            writer.WriteRawValue(scalar.Text);
        else
            writer.WriteStringValue(scalar.Text);
    }

    private static bool IsNumber(string text)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
        try
        {
            return reader.Read() && reader.TokenType == JsonTokenType.Number && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}

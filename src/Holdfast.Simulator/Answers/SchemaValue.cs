using System.Buffers;
using System.Text.Json;

namespace Holdfast.Simulator.Answers;

/// <summary>Makes a value for a JSON schema: the required properties, the first of alternatives, the least of ranges.
/// </summary>
internal struct SchemaValue(JsonElement root, SplitMix dice)
{
    private const int MaxDepth = 24;

    // A schema may contain itself, and that a hundred times in every place.
    private const int MaxValues = 10_000;

    private static readonly string[] Words = ["harbour", "Köln", "signal", "stone", "東京", "evening", "bridge"];

    private SplitMix _dice = dice;
    private int _values;

    public static byte[] Make(JsonElement schema, SplitMix dice)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        var options = new JsonWriterOptions
        {
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        using (var json = new Utf8JsonWriter(buffer, options))
        {
            new SchemaValue(schema, dice).Write(json, schema, 0);
        }

        return buffer.WrittenSpan.ToArray();
    }

    private void Write(Utf8JsonWriter json, JsonElement schema, int depth)
    {
        schema = Resolve(schema);
        if (depth > MaxDepth || ++_values > MaxValues || schema.ValueKind != JsonValueKind.Object)
        {
            json.WriteNullValue();
        }
        else if (schema.TryGetProperty("const", out var constant))
        {
            constant.WriteTo(json);
        }
        else if (Items(schema, "enum") is { Count: > 0 } allowed)
        {
            allowed[_dice.NextBetween(0, allowed.Count - 1)].WriteTo(json);
        }
        else
        {
            WriteTyped(json, schema, depth);
        }
    }

    private void WriteTyped(Utf8JsonWriter json, JsonElement schema, int depth)
    {
        switch (TypeOf(schema))
        {
            case "object":
                WriteObject(json, schema, depth);
                break;
            case "array":
                WriteArray(json, schema, depth);
                break;
            case "string":
                json.WriteStringValue(Text(schema));
                break;
            case "integer":
                json.WriteNumberValue((long)Math.Ceiling(Least(schema, 1)));
                break;
            case "number":
                json.WriteNumberValue(Least(schema, 0.5));
                break;
            case "boolean":
                json.WriteBooleanValue(_dice.NextUnit() < 0.5);
                break;
            default:
                json.WriteNullValue();
                break;
        }
    }

    private void WriteObject(Utf8JsonWriter json, JsonElement schema, int depth)
    {
        json.WriteStartObject();
        var required = Items(schema, "required");
        if (schema.TryGetProperty("properties", out var properties) && properties.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in properties.EnumerateObject())
            {
                if (required.Exists(name => name.ValueKind == JsonValueKind.String
                    && name.ValueEquals(property.Name)))
                {
                    json.WritePropertyName(property.Name);
                    Write(json, property.Value, depth + 1);
                }
            }
        }

        json.WriteEndObject();
    }

    private void WriteArray(Utf8JsonWriter json, JsonElement schema, int depth)
    {
        json.WriteStartArray();
        if (schema.TryGetProperty("items", out var items))
        {
            var least = Limit(schema, "minItems") ?? 1;
            for (var i = 0; i < Math.Min(least, 100) && depth < MaxDepth && _values < MaxValues; i++)
            {
                Write(json, items, depth + 1);
            }
        }

        json.WriteEndArray();
    }

    private string Text(JsonElement schema)
    {
        var format = schema.TryGetProperty("format", out var named) && named.ValueKind == JsonValueKind.String
            ? named.GetString() : null;
        var word = Words[_dice.NextBetween(0, Words.Length - 1)];
        var text = format switch
        {
            "date" => "2026-03-14",
            "time" => "09:26:53Z",
            "date-time" => "2026-03-14T09:26:53Z",
            "email" => "someone@example.com",
            "uri" => "https://example.com/a",
            "uuid" => "0f8fad5b-d9cb-469f-a165-70867728950e",
            "ipv4" => "192.0.2.1",
            _ => word,
        };
        var (least, most) = (Limit(schema, "minLength") ?? 0, Limit(schema, "maxLength") ?? int.MaxValue);
        text = text.Length < least ? text.PadRight((int)Math.Min(least, 10_000), 'x') : text;
        return text.Length > most ? text[..(int)Math.Max(0, most)] : text;
    }

    /// <summary>Never infinite, however large the bounds are: JSON has no such number.</summary>
    private static double Least(JsonElement schema, double step)
    {
        var least = LeastOf(schema, step);
        return double.IsNaN(least) ? step : Math.Clamp(least, double.MinValue, double.MaxValue);
    }

    private static double LeastOf(JsonElement schema, double step)
    {
        if (Limit(schema, "exclusiveMinimum") is { } above)
        {
            return above + step;
        }

        var least = Limit(schema, "minimum") ?? (Limit(schema, "maximum") is { } most ? Math.Min(most, 1) : 1);
        return Limit(schema, "multipleOf") is { } unit and > 0 ? Math.Ceiling(least / unit) * unit : least;
    }

    private static double? Limit(JsonElement schema, string key) =>
        schema.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Number
            ? value.GetDouble() : null;

    private static List<JsonElement> Items(JsonElement schema, string key) =>
        schema.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray()] : [];

    private static string? TypeOf(JsonElement schema)
    {
        if (schema.TryGetProperty("type", out var type))
        {
            var named = type.ValueKind == JsonValueKind.Array
                ? type.EnumerateArray().FirstOrDefault(one => !one.ValueEquals("null"u8))
                : type;
            return named.ValueKind == JsonValueKind.String ? named.GetString() : null;
        }

        return schema.TryGetProperty("properties", out _) ? "object"
            : schema.TryGetProperty("items", out _) ? "array" : "string";
    }

    /// <summary>Follows references and takes the first of alternatives.</summary>
    private readonly JsonElement Resolve(JsonElement schema)
    {
        for (var hops = 0; hops < MaxDepth && schema.ValueKind == JsonValueKind.Object; hops++)
        {
            if (schema.TryGetProperty("$ref", out var reference) && reference.ValueKind == JsonValueKind.String)
            {
                schema = Follow(reference.GetString()!);
                continue;
            }

            var alternatives = Items(schema, "anyOf");
            alternatives = alternatives.Count > 0 ? alternatives : Items(schema, "oneOf");
            alternatives = alternatives.Count > 0 ? alternatives : Items(schema, "allOf");
            if (alternatives.Count == 0)
            {
                return schema;
            }

            schema = alternatives[0];
        }

        return schema;
    }

    private readonly JsonElement Follow(string reference)
    {
        var found = root;
        foreach (var step in reference.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(step => step != "#"))
        {
            if (found.ValueKind != JsonValueKind.Object || !found.TryGetProperty(step, out found))
            {
                return default;
            }
        }

        return found;
    }
}

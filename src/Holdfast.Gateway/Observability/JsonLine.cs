using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Holdfast.Gateway.Observability;

/// <summary>
/// Writes an entry of the log as one line of JSON: time, level, category, and the entry's fields in camel case. A
/// call's line has nothing else; others have their sentence as <c>message</c> too.
/// </summary>
internal static class JsonLine
{
    private static readonly JsonWriterOptions Readable = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    // As many as there are placeholders in the code's own messages.
    private static readonly ConcurrentDictionary<string, JsonEncodedText> Names = new(StringComparer.Ordinal);

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    public static void Write<TState>(IBufferWriter<byte> output, DateTimeOffset time, LogLevel level, string category,
        TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var json = _writer ??= new Utf8JsonWriter(output, Readable);
        json.Reset(output);
        json.WriteStartObject();
        json.WriteString("time"u8, time.UtcDateTime);
        json.WriteString("level"u8, Word(level));
        json.WriteString("category"u8, category);
        if (typeof(TState) == typeof(CallLine))
        {
            json.WriteString("event"u8, "call"u8);
            Unsafe.As<TState, CallLine>(ref state).Write(json);
        }
        else
        {
            json.WriteString("message"u8, formatter(state, exception));
            WriteFields(json, state);
        }

        if (exception is not null)
        {
            json.WriteString("exception"u8, exception.ToString());
        }

        json.WriteEndObject();
        json.Flush();
        output.Write("\n"u8);
    }

    private static void WriteFields<TState>(Utf8JsonWriter json, TState state)
    {
        if (state is not IReadOnlyList<KeyValuePair<string, object?>> fields)
        {
            return;
        }

        for (var i = 0; i < fields.Count; i++)
        {
            var (name, value) = fields[i];
            if (name != "{OriginalFormat}")
            {
                json.WritePropertyName(Names.GetOrAdd(name, static pascal =>
                    JsonEncodedText.Encode(JsonNamingPolicy.CamelCase.ConvertName(pascal))));
                WriteValue(json, value);
            }
        }
    }

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case bool truth:
                json.WriteBooleanValue(truth);
                break;
            case int number:
                json.WriteNumberValue(number);
                break;
            case long number:
                json.WriteNumberValue(number);
                break;
            case double number when double.IsFinite(number):
                json.WriteNumberValue(Math.Round(number, 4));
                break;
            default:
                json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
        }
    }

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "information",
        LogLevel.Warning => "warning",
        LogLevel.Error => "error",
        LogLevel.Critical => "critical",
        _ => "none",
    };
}

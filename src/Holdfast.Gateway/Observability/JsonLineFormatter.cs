using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Holdfast.Gateway.Calls;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Holdfast.Gateway.Observability;

/// <summary>
/// Writes each entry of the log as one line of JSON: time, level, category, and the entry's fields in camel case. A
/// call's line has nothing else; others have their sentence as <c>message</c> too.
/// </summary>
internal sealed class JsonLineFormatter(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "holdfast-json";

    private static readonly JsonWriterOptions Readable = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    // As many as there are placeholders in the code's own messages.
    private static readonly ConcurrentDictionary<string, JsonEncodedText> Names = new(StringComparer.Ordinal);

    public override void Write<TState>(
        in LogEntry<TState> entry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        using var line = new PooledBuffer(1024);
        using (var json = new Utf8JsonWriter(line, Readable))
        {
            json.WriteStartObject();
            json.WriteString("time"u8, time.GetUtcNow().UtcDateTime);
            json.WriteString("level"u8, Word(entry.LogLevel));
            json.WriteString("category"u8, entry.Category);
            var isCall = entry.EventId.Id == CallLog.EventId && entry.Category == CallLog.Category;
            if (isCall)
            {
                json.WriteString("event"u8, "call"u8);
            }
            else
            {
                json.WriteString("message"u8, entry.Formatter(entry.State, entry.Exception));
            }

            WriteFields(json, entry.State);
            if (entry.Exception is { } exception)
            {
                json.WriteString("exception"u8, exception.ToString());
            }

            json.WriteEndObject();
        }

        Copy(line.WrittenSpan, textWriter);
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

    private static void Copy(ReadOnlySpan<byte> line, TextWriter writer)
    {
        var characters = ArrayPool<char>.Shared.Rent(line.Length + 1);
        var length = Encoding.UTF8.GetChars(line, characters);
        characters[length] = '\n';
        writer.Write(characters.AsSpan(0, length + 1));
        ArrayPool<char>.Shared.Return(characters);
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

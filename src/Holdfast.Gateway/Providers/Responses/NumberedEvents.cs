using System.Buffers;
using System.Buffers.Text;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Responses;

/// <summary>Writes what all events of one stream of the Responses API have: a type and a number.</summary>
internal sealed class NumberedEvents
{
    /// <summary>The number of the event that comes next.</summary>
    public long Next { get; private set; }

    /// <summary>Begins an event; what it has is written to what comes back, and then its <see cref="End"/>.</summary>
    public JsonOutput Begin(IBufferWriter<byte> output, ReadOnlySpan<byte> type)
    {
        output.Write("event: "u8);
        output.Write(type);
        output.Write("\ndata: "u8);
        var json = new JsonOutput(output);
        json.BeginObject();
        json.Word("type"u8, type);
        json.Number("sequence_number"u8, Next++);
        return json;
    }

    public static void End(JsonOutput json, IBufferWriter<byte> output)
    {
        json.EndObject();
        output.Write("\n\n"u8);
    }

    /// <summary>Writes the number alone, for an event of which all else is written already.</summary>
    public void WriteNumber(IBufferWriter<byte> output)
    {
        Utf8Formatter.TryFormat(Next++, output.GetSpan(20), out var length);
        output.Advance(length);
    }
}

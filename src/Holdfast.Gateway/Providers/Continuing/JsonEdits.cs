using System.Buffers;
using System.Text.Json;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Providers.Continuing;

/// <summary>Changes of a document at a few places; every other byte stays as it is.</summary>
internal sealed class JsonEdits
{
    private readonly List<(int Start, int Length, byte[] Text)> _edits = [];

    /// <summary>Where a value that was read from a document stands in it.</summary>
    public static int PlaceOf(ReadOnlySpan<byte> document, ReadOnlySpan<byte> value) =>
        document.Overlaps(value, out var place) ? place : throw new JsonException("The value is of another document.");

    /// <summary>Several at one place stand there in the order in which they were asked for.</summary>
    public void Insert(int at, ReadOnlySpan<byte> text) => Add(at, 0, text);

    /// <param name="document">The whole.</param>
    /// <param name="value">A value as it stands there.</param>
    /// <param name="text">What stands there instead.</param>
    public void Replace(ReadOnlySpan<byte> document, ReadOnlySpan<byte> value, ReadOnlySpan<byte> text) =>
        Add(PlaceOf(document, value), value.Length, text);

    public void Clear() => _edits.Clear();

    /// <summary>Writes the document with its changes, each made once.</summary>
    public void Write(ReadOnlySpan<byte> document, IBufferWriter<byte> output)
    {
        var at = 0;
        foreach (var (start, length, text) in _edits)
        {
            output.Write(document[at..start]);
            output.Write(text);
            at = start + length;
        }

        output.Write(document[at..]);
    }

    /// <summary>
    /// The same as one line, which an event's data must be: breaks, where a document may have any, stand between its
    /// values.
    /// </summary>
    public void WriteLine(ReadOnlySpan<byte> document, IBufferWriter<byte> output)
    {
        if (document.IndexOf((byte)'\n') < 0)
        {
            Write(document, output);
            return;
        }

        using var lines = new PooledBuffer(document.Length + 64);
        Write(document, lines);
        lines.WrittenSpan.Replace(output.GetSpan(lines.Length), (byte)'\n', (byte)' ');
        output.Advance(lines.Length);
    }

    /// <summary>Where a place of the document is after the changes before it.</summary>
    public int Moved(int place)
    {
        var moved = place;
        foreach (var (start, length, text) in _edits)
        {
            moved += start < place ? text.Length - length : 0;
        }

        return moved;
    }

    private void Add(int start, int length, ReadOnlySpan<byte> text)
    {
        var at = _edits.Count;
        while (at > 0 && _edits[at - 1].Start > start)
        {
            at--;
        }

        _edits.Insert(at, (start, length, text.ToArray()));
    }
}

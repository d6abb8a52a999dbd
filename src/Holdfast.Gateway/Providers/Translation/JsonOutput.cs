using System.Buffers;
using System.Buffers.Text;
using System.Text.Encodings.Web;

namespace Holdfast.Gateway.Providers.Translation;

/// <summary>
/// Writes JSON that is correct by the order of the calls: commas come by themselves, names and words are literals
/// of ours, and values of others are copied as they were written. Nothing is checked, because everything copied
/// has been read; a general writer would spend more on its checks than a translation takes.
/// </summary>
internal sealed class JsonOutput(IBufferWriter<byte> output)
{
    // Only what JSON demands is escaped, so that text stays readable and bytes stay few.
    private static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    // Bytes from the first one that needs it: what follows is mostly clean again.
    private const int EscapedAtOnce = 64;

    private bool _comma;

    public void BeginObject() => Begin((byte)'{');

    public void EndObject() => End((byte)'}');

    public void BeginArray() => Begin((byte)'[');

    public void EndArray() => End((byte)']');

    public void BeginObject(ReadOnlySpan<byte> name)
    {
        Name(name);
        BeginObject();
    }

    public void BeginArray(ReadOnlySpan<byte> name)
    {
        Name(name);
        BeginArray();
    }

    /// <param name="name">A member's name that needs no escapes.</param>
    public void Name(ReadOnlySpan<byte> name)
    {
        var room = output.GetSpan(name.Length + 4);
        var at = Comma(room);
        room[at++] = (byte)'"';
        name.CopyTo(room[at..]);
        at += name.Length;
        room[at++] = (byte)'"';
        room[at++] = (byte)':';
        output.Advance(at);
        _comma = false;
    }

    /// <summary>A value, or several with their commas, written elsewhere.</summary>
    public void Raw(ReadOnlySpan<byte> json)
    {
        var room = output.GetSpan(json.Length + 1);
        var at = Comma(room);
        json.CopyTo(room[at..]);
        output.Advance(at + json.Length);
        _comma = true;
    }

    public void Value(JsonView value) => Raw(value.Raw);

    public void Value(ReadOnlySpan<byte> name, JsonView value)
    {
        Name(name);
        Raw(value.Raw);
    }

    /// <param name="name">The member.</param>
    /// <param name="word">A word that needs no escapes.</param>
    public void Word(ReadOnlySpan<byte> name, ReadOnlySpan<byte> word)
    {
        Name(name);
        Quoted(word);
    }

    /// <summary>Any text, escaped where it must be.</summary>
    public void Text(ReadOnlySpan<byte> name, ReadOnlySpan<byte> text)
    {
        Name(name);
        BeginString();
        Escaped(text);
        EndString();
    }

    public void Text(ReadOnlySpan<byte> name, string text) => Text(name, System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>Any text as an item, escaped where it must be.</summary>
    public void Text(ReadOnlySpan<byte> text)
    {
        BeginString();
        Escaped(text);
        EndString();
    }

    public void Number(ReadOnlySpan<byte> name, long number)
    {
        Name(name);
        var room = output.GetSpan(20);
        Utf8Formatter.TryFormat(number, room, out var length);
        output.Advance(length);
        _comma = true;
    }

    public void True(ReadOnlySpan<byte> name)
    {
        Name(name);
        Raw("true"u8);
    }

    public void Null(ReadOnlySpan<byte> name)
    {
        Name(name);
        Raw("null"u8);
    }

    /// <summary>Opens a string that is put together from pieces.</summary>
    public void BeginString() => Begin((byte)'"');

    /// <summary>A piece of a string that is escaped already: <see cref="JsonView.Text"/>.</summary>
    public void Piece(ReadOnlySpan<byte> text)
    {
        text.CopyTo(output.GetSpan(text.Length));
        output.Advance(text.Length);
    }

    /// <summary>A piece of a string that is plain text.</summary>
    public void Escaped(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            var clean = Encoder.FindFirstCharacterToEncodeUtf8(text);
            Piece(clean < 0 ? text : text[..clean]);
            if (clean < 0)
            {
                return;
            }

            text = text[clean..];
            var next = text[..Math.Min(text.Length, EscapedAtOnce)];
            var room = output.GetSpan(Encoder.MaxOutputCharactersPerInputCharacter * next.Length);
            Encoder.EncodeUtf8(next, room, out var read, out var written, next.Length == text.Length);
            output.Advance(written);
            text = text[read..];
        }
    }

    public void EndString() => End((byte)'"');

    private void Quoted(ReadOnlySpan<byte> word)
    {
        BeginString();
        Piece(word);
        EndString();
    }

    private void Begin(byte sign)
    {
        var room = output.GetSpan(2);
        var at = Comma(room);
        room[at++] = sign;
        output.Advance(at);
        _comma = false;
    }

    private void End(byte sign)
    {
        output.GetSpan(1)[0] = sign;
        output.Advance(1);
        _comma = true;
    }

    private int Comma(Span<byte> room)
    {
        if (!_comma)
        {
            return 0;
        }

        room[0] = (byte)',';
        return 1;
    }
}

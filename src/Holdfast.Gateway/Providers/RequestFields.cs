using System.Buffers;
using System.Text;
using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers;

/// <summary>
/// What becomes of single fields of a request in OpenAI's format that otherwise goes on byte by byte: those that the
/// provider doesn't take are refused or cut out, and some get the name that it knows them by.
/// </summary>
/// <param name="unsupported">The names of those that it doesn't take.</param>
/// <param name="renamed">Names, and what the provider says in their place.</param>
/// <param name="options">The provider.</param>
/// <param name="keepsAnswers">
/// It keeps its answers unless it is told not to, so that what is about keeping them is no matter of the answer alone.
/// </param>
internal sealed class RequestFields(
    IReadOnlyList<string> unsupported, IReadOnlyList<(string Name, string Own)> renamed, ProviderOptions options,
    bool keepsAnswers = false)
{
    private readonly byte[][] _unsupported = [.. unsupported.Select(Encoding.UTF8.GetBytes)];

    private readonly (byte[] Name, byte[] Own)[] _renamed =
        [.. renamed.Select(pair => (Encoding.UTF8.GetBytes(pair.Name), Encoding.UTF8.GetBytes(pair.Own)))];

    private readonly Refusals _refusals = new(options.Name, options.DropUnsupported);

    private enum Fate
    {
        Goes,
        GoesRenamed,
        StaysBehind,
    }

    /// <summary>All fields go on as they are.</summary>
    public bool IsEmpty => _unsupported.Length == 0 && _renamed.Length == 0;

    public bool Refuses(string field) => unsupported.Contains(field);

    /// <summary>Writes the body from the object's first byte on, with another model.</summary>
    /// <exception cref="UnsupportedFieldException">
    /// It has a field that the provider doesn't take, and such fields may not be dropped.
    /// </exception>
    public void Write(CallRequest call, string model, IBufferWriter<byte> output)
    {
        var body = call.Body.Span;
        var reader = Open(body);
        var (first, end, isFirst) = (-1, call.ObjectStart, true);
        Range[]? said = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var start = (int)reader.TokenStartIndex;
            first = first < 0 ? start : first;
            var nameEnd = start + reader.ValueSpan.Length + 2;
            var fate = FateOf(reader, body, ref said, out var own);
            reader.Read();
            var value = (int)reader.TokenStartIndex;
            reader.Skip();

            // Between two members stand a comma and white space; before the first that goes no comma may.
            var gap = isFirst ? body[call.ObjectStart..first] : body[end..start];
            end = (int)reader.BytesConsumed;
            if (fate == Fate.StaysBehind)
            {
                continue;
            }

            isFirst = false;
            output.Write(gap);
            WriteMember(body[start..nameEnd], own, output);
            output.Write(body[nameEnd..value]);
            if (call.ModelValue.Start.Value == value)
            {
                ModelName.Write(output, model);
            }
            else
            {
                output.Write(body[value..end]);
            }
        }

        output.Write(body[end..]);
    }

    private static void WriteMember(ReadOnlySpan<byte> name, ReadOnlySpan<byte> own, IBufferWriter<byte> output)
    {
        if (own.IsEmpty)
        {
            output.Write(name);
            return;
        }

        output.Write("\""u8);
        output.Write(own);
        output.Write("\""u8);
    }

    private static Utf8JsonReader Open(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = OpenAiProvider.MaxDepth });
        reader.Read();
        return reader;
    }

    /// <param name="reader">A copy that stands on the field's name.</param>
    /// <param name="body">The whole request.</param>
    /// <param name="said"><see cref="OwnValuesIn"/>, once somebody has had to know.</param>
    /// <param name="own">What the provider calls the field; empty where it keeps its name.</param>
    private Fate FateOf(
        Utf8JsonReader reader, ReadOnlySpan<byte> body, ref Range[]? said, out ReadOnlySpan<byte> own)
    {
        own = default;
        foreach (var name in _unsupported)
        {
            if (reader.ValueTextEquals(name))
            {
                if (!IsWithoutEffect(name, ref reader, body))
                {
                    _refusals.Option(Encoding.UTF8.GetString(name), $"{_refusals.Provider} does not take it");
                }

                return Fate.StaysBehind;
            }
        }

        for (var i = 0; i < _renamed.Length; i++)
        {
            var (name, ownName) = _renamed[i];
            if (reader.ValueTextEquals(name))
            {
                own = ownName;
                said ??= OwnValuesIn(body);
                return FateOfRenamed(reader, _renamed[i], body, body[said[i]]);
            }

            if (reader.ValueTextEquals(ownName))
            {
                // Nothing said, and perhaps in the way of the same field by its other name.
                return IsNull(reader) ? Fate.StaysBehind : Fate.Goes;
            }
        }

        return Fate.Goes;
    }

    private static Fate FateOfRenamed(
        Utf8JsonReader reader, (byte[] Name, byte[] Own) field, ReadOnlySpan<byte> body, ReadOnlySpan<byte> said)
    {
        if (IsNull(reader))
        {
            return Fate.StaysBehind;
        }

        if (said.IsEmpty)
        {
            return Fate.GoesRenamed;
        }

        // Two names of one thing may say the same; which of two values is meant nobody can know.
        return body[ValueAfter(ref reader)].SequenceEqual(said)
            ? Fate.StaysBehind
            : throw Refusals.Invalid(Encoding.UTF8.GetString(field.Name),
                $"{Encoding.UTF8.GetString(field.Own)} says otherwise, and only one of them can hold");
    }

    /// <summary>
    /// Where the request says more than null under each of the provider's own names; empty where it doesn't. A body
    /// may have one field a million times, so it is gone through once for all of them.
    /// </summary>
    private Range[] OwnValuesIn(ReadOnlySpan<byte> body)
    {
        var said = new Range[_renamed.Length];
        Array.Fill(said, ..0);
        var reader = Open(body);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            for (var i = 0; i < _renamed.Length; i++)
            {
                if (reader.ValueTextEquals(_renamed[i].Own) && !IsNull(reader))
                {
                    var value = reader;
                    said[i] = ValueAfter(ref value);
                }
            }

            reader.Skip();
        }

        return said;
    }

    /// <summary>Where the value of the field stands on whose name the reader is, which is left at its end.</summary>
    private static Range ValueAfter(ref Utf8JsonReader reader)
    {
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return start..(int)reader.BytesConsumed;
    }

    private static bool IsNull(Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.Null;

    private bool IsWithoutEffect(byte[] name, ref Utf8JsonReader reader, ReadOnlySpan<byte> body)
    {
        var value = body[ValueAfter(ref reader)];
        using var tape = new JsonTape(value.Length);
        try
        {
            var view = tape.Read(value);
            var field = ChatFields.IndexOf(name);
            return view.IsMissing || (field >= 0 && ChatFields.IsWithoutEffect((ChatField)field, view)
                && !(keepsAnswers && (ChatField)field is ChatField.Metadata or ChatField.Store));
        }
        catch (JsonException)
        {
            // The face checks JSON, but not how many values it has. So many are not nothing.
            return false;
        }
    }
}

using System.Buffers;
using System.Text;
using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers.Responses;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers;

/// <summary>
/// What becomes of single fields of a request in OpenAI's format that otherwise goes on byte by byte: those that the
/// provider doesn't take are refused or cut out, and some get the name that it knows them by.
/// </summary>
/// <param name="unsupported">The names of those that it doesn't take.</param>
/// <param name="renamed">Names, and what the provider says in their place.</param>
/// <param name="options">The provider.</param>
/// <param name="isForResponses">The requests are those of the Responses API, whose fields mean other things.</param>
internal sealed class RequestFields(
    IReadOnlyList<string> unsupported, IReadOnlyList<(string Name, string Own)> renamed, ProviderOptions options,
    bool isForResponses = false)
{
    // Bytes for one: a backslash, a u and four digits.
    private const int LongestEscape = 6;

    // What chooses among tools, and where those stand.
    private static readonly (string Field, string Among)[] AllChoices =
        [("tool_choice", "tools"), ("parallel_tool_calls", "tools"), ("function_call", "functions")];

    private readonly byte[][] _unsupported = [.. unsupported.Select(Encoding.UTF8.GetBytes)];

    private readonly (byte[] Name, byte[] Own)[] _renamed =
        [.. renamed.Select(pair => (Encoding.UTF8.GetBytes(pair.Name), Encoding.UTF8.GetBytes(pair.Own)))];

    // Those that are of interest here, because one of the two fields isn't taken.
    private readonly (byte[] Field, byte[] Among, bool IsAmongCut)[] _choices =
    [
        .. AllChoices.Where(choice => unsupported.Contains(choice.Among) || unsupported.Contains(choice.Field))
            .Select(choice => (Encoding.UTF8.GetBytes(choice.Field), Encoding.UTF8.GetBytes(choice.Among),
                unsupported.Contains(choice.Among))),
    ];

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
    /// It has a field that the provider doesn't take, and such fields may not be dropped; or it is too deep.
    /// </exception>
    public void Write(CallRequest call, string model, IBufferWriter<byte> output)
    {
        try
        {
            WriteMembers(call, model, output);
        }
        catch (JsonException)
        {
            // The face checks its depth, but a chat has some things a level deeper than the dialect it was made of.
            throw Refusals.TooLarge();
        }
    }

    private void WriteMembers(CallRequest call, string model, IBufferWriter<byte> output)
    {
        var body = call.Body.Span;
        var reader = Open(body);
        var (first, end, isFirst) = (-1, call.ObjectStart, true);
        Range[]? said = null;
        while (reader.Read() && reader.Kind == JsonTokenType.PropertyName)
        {
            var (start, nameEnd) = (reader.Start, reader.End);
            first = first < 0 ? start : first;
            reader.Read();
            var value = reader.Start;
            reader.Skip();
            var fate = FateOf(body[start..nameEnd], body[value..reader.End], body, ref said, out var own);

            // Between two members stand a comma and white space; before the first that goes no comma may.
            var gap = isFirst ? body[call.ObjectStart..first] : body[end..start];
            end = reader.End;
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

    /// <summary>The body is known: its face has read it.</summary>
    private static KnownJsonReader Open(ReadOnlySpan<byte> body)
    {
        var reader = new KnownJsonReader(body);
        reader.Read();
        return reader;
    }

    /// <param name="field">The field's name, as it was written.</param>
    /// <param name="value">Its value.</param>
    /// <param name="body">The whole request.</param>
    /// <param name="said"><see cref="ValuesIn"/>, once somebody has had to know.</param>
    /// <param name="own">What the provider calls the field; empty where it keeps its name.</param>
    private Fate FateOf(
        ReadOnlySpan<byte> field, ReadOnlySpan<byte> value, ReadOnlySpan<byte> body, ref Range[]? said,
        out ReadOnlySpan<byte> own)
    {
        own = default;
        if (IsChoiceAmongNone(field, value, body, ref said))
        {
            return Fate.StaysBehind;
        }

        foreach (var name in _unsupported)
        {
            if (Is(field, name))
            {
                if (!IsWithoutEffect(name, value))
                {
                    _refusals.Option(Encoding.UTF8.GetString(name), $"{_refusals.Provider} does not take it");
                }

                return Fate.StaysBehind;
            }
        }

        for (var i = 0; i < _renamed.Length; i++)
        {
            var (name, ownName) = _renamed[i];
            if (Is(field, name))
            {
                own = ownName;
                said ??= ValuesIn(body);
                return FateOfRenamed(value, _renamed[i], body[said[i]]);
            }

            if (Is(field, ownName))
            {
                // Nothing said, and perhaps in the way of the same field by its other name.
                return IsNull(value) ? Fate.StaysBehind : Fate.Goes;
            }
        }

        return Fate.Goes;
    }

    /// <summary>
    /// Whether a field says how to choose among tools where none go: they have been cut out, and many providers refuse
    /// the choice alone, or there were none and it demands none.
    /// </summary>
    private bool IsChoiceAmongNone(
        ReadOnlySpan<byte> field, ReadOnlySpan<byte> value, ReadOnlySpan<byte> body, ref Range[]? said)
    {
        for (var i = 0; i < _choices.Length; i++)
        {
            if (Is(field, _choices[i].Field))
            {
                said ??= ValuesIn(body);
                return IsNone(body[said[_renamed.Length + i]])
                    ? DemandsNone(value)
                    : _choices[i].IsAmongCut && IsChoice(_choices[i].Field, value);
            }
        }

        return false;
    }

    /// <exception cref="UnsupportedFieldException">It is of another type.</exception>
    private static bool IsChoice(byte[] name, ReadOnlySpan<byte> value)
    {
        using var tape = new JsonTape(value.Length);
        ChatShapes.CheckOpenAis(name, tape.ReadKnown(value));
        return true;
    }

    /// <param name="list">A list, or nothing.</param>
    private static bool IsNone(ReadOnlySpan<byte> list) =>
        list.IsEmpty || (list[0] == (byte)'[' && list[1..].TrimStart(" \t\r\n"u8) is [(byte)']']);

    private static bool DemandsNone(ReadOnlySpan<byte> choice) =>
        choice.SequenceEqual("\"auto\""u8) || choice.SequenceEqual("\"none\""u8)
        || choice.SequenceEqual("true"u8) || choice.SequenceEqual("false"u8);

    private static Fate FateOfRenamed(
        ReadOnlySpan<byte> value, (byte[] Name, byte[] Own) field, ReadOnlySpan<byte> said)
    {
        if (IsNull(value))
        {
            return Fate.StaysBehind;
        }

        if (said.IsEmpty)
        {
            return Fate.GoesRenamed;
        }

        // Two names of one thing may say the same; which of two values is meant nobody can know.
        return value.SequenceEqual(said)
            ? Fate.StaysBehind
            : throw Refusals.Invalid(Encoding.UTF8.GetString(field.Name),
                $"{Encoding.UTF8.GetString(field.Own)} says otherwise, and only one of them can hold");
    }

    /// <summary>
    /// Where the request says more than null under each of the provider's own names, and where tools to choose among
    /// stand; empty where it doesn't. A body may have one field a million times, so it is gone through once for all.
    /// </summary>
    private Range[] ValuesIn(ReadOnlySpan<byte> body)
    {
        var said = new Range[_renamed.Length + _choices.Length];
        Array.Fill(said, ..0);
        var reader = Open(body);
        while (reader.Read() && reader.Kind == JsonTokenType.PropertyName)
        {
            var name = body[reader.Start..reader.End];
            reader.Read();
            for (var i = 0; reader.Kind != JsonTokenType.Null && i < said.Length; i++)
            {
                if (Is(name, i < _renamed.Length ? _renamed[i].Own : _choices[i - _renamed.Length].Among))
                {
                    var value = reader;
                    value.Skip();
                    said[i] = reader.Start..value.End;
                }
            }

            reader.Skip();
        }

        return said;
    }

    /// <summary>Whether a name is the one, with escapes or without.</summary>
    private static bool Is(ReadOnlySpan<byte> written, ReadOnlySpan<byte> name)
    {
        var text = written[1..^1];
        if (text.Length <= name.Length || text.Length > name.Length * LongestEscape || !text.Contains((byte)'\\'))
        {
            return text.SequenceEqual(name);
        }

        using var tape = new JsonTape(written.Length);
        // Half of a surrogate pair is no text, so it is no name either that anybody knows.
        return tape.ReadKnown(written).TryUnescape(out var plain) && plain.SequenceEqual(name);
    }

    private static bool IsNull(ReadOnlySpan<byte> value) => value.SequenceEqual("null"u8);

    private bool IsWithoutEffect(byte[] name, ReadOnlySpan<byte> value)
    {
        using var tape = new JsonTape(value.Length);
        try
        {
            var view = tape.ReadKnown(value);
            ChatShapes.CheckOpenAis(name, view);
            return view.IsMissing || (isForResponses
                ? ResponsesFields.IsWithoutEffect(name, view)
                : ChatFields.IsWithoutEffect(name, view));
        }
        catch (JsonException)
        {
            // The face checks JSON, but not how many values it has. So many are not nothing.
            return false;
        }
    }
}

using System.Buffers;
using System.Text.Json;

namespace Holdfast.Gateway.Providers.Translation;

/// <summary>
/// The calls of tools whose pieces come in a stream's chunks in any order, told one whole call after the other, in the
/// order in which they begin. What comes of a call while the one before it is still under way is kept until that one's
/// arguments are whole; where they never are, or where an empty object may yet turn out to be none of them, until the
/// stream says why it ended.
/// </summary>
internal sealed class StreamedCalls(IChunkTeller teller)
{
    /// <summary>Most calls in one answer; no model makes so many.</summary>
    internal const int MaxCalls = 1024;

    /// <summary>Most bytes of calls that wait for their turn, as many as one event may have.</summary>
    internal const int MaxKeptBytes = 4 * 1024 * 1024;

    // Longer names would have to be kept for a whole stream.
    private const int MaxNameLength = 256;

    private readonly List<Begun> _calls = [];

    // The last one that was told; those behind it wait.
    private int _told = -1;
    private int _keptBytes;

    private static ReadOnlySpan<byte> Empty => "\"{}\""u8;

    /// <summary>Tells a piece of a call, or keeps it.</summary>
    /// <exception cref="JsonException">
    /// It goes on with a call that has ended, or begins one without a name, or there is more to keep than is kept.
    /// </exception>
    public void Take(JsonView call, IBufferWriter<byte> output)
    {
        var function = call.Member("function"u8);
        var arguments = function.Member("arguments"u8);
        var at = Find(call);
        if (at < 0)
        {
            at = Add(call, function.Member("name"u8));
            if (at == _told + 1 && (_told < 0 || _calls[_told].IsWhole))
            {
                TellNext(output);
            }
        }

        if (arguments.IsObject)
        {
            // Some send them as the object that they are.
            Take(at, arguments.IsEmpty ? Empty : ToolArguments.Quoted(arguments.Raw), output);
        }
        else if (!arguments.Text.IsEmpty)
        {
            Take(at, arguments.Raw, output);
        }
    }

    /// <summary>Tells what waits; nothing more comes of what was told before.</summary>
    public void Flush(IBufferWriter<byte> output)
    {
        while (_told + 1 < _calls.Count)
        {
            TellNext(output);
        }

        TellEmpty(output);
    }

    /// <summary>Something else is told next: the last call has ended with what has come of it.</summary>
    public void End(IBufferWriter<byte> output)
    {
        if (_calls.Count > 0)
        {
            Flush(output);
            _calls[_told].HasEnded = true;
        }
    }

    /// <param name="at">Which call.</param>
    /// <param name="arguments">A JSON string that isn't empty.</param>
    /// <param name="output">The caller's bytes.</param>
    private void Take(int at, ReadOnlySpan<byte> arguments, IBufferWriter<byte> output)
    {
        var call = _calls[at];
        var text = call.Start.Rest(arguments[1..^1]);
        if (text.IsEmpty)
        {
            return;
        }

        arguments = text.Length < arguments.Length - 2 ? Quoted(text) : arguments;
        call.Arguments.Read(text);
        if (at > _told)
        {
            Keep(call, text);
            return;
        }

        if (at < _told || call.HasEnded)
        {
            throw new JsonException("it goes on with a call of a tool that has ended");
        }

        teller.WriteArguments(output, arguments);
        while (_calls[_told].IsWhole && _told + 1 < _calls.Count)
        {
            TellNext(output);
        }
    }

    private int Find(JsonView call)
    {
        var id = call.Member("id"u8).Text;
        var index = IndexOf(call);
        for (var at = _calls.Count - 1; at >= 0; at--)
        {
            // Some number all their calls 0; a new id tells them apart.
            if (_calls[at].Index == index && (id.IsEmpty || id.SequenceEqual(_calls[at].IdText)))
            {
                return at;
            }
        }

        return -1;
    }

    private int Add(JsonView call, JsonView name)
    {
        var id = call.Member("id"u8);
        var index = IndexOf(call);
        if (index < 0 || !name.IsString || id.Text.Length > MaxNameLength)
        {
            throw new JsonException("it goes on with a call of a tool that has ended, or begins one without a name");
        }

        if (_calls.Count == MaxCalls)
        {
            throw new JsonException($"it has more than {MaxCalls} calls of tools");
        }

        Count(name.Raw.Length);
        _calls.Add(new Begun(index, id.Text.IsEmpty ? [] : id.Raw.ToArray(), name.Raw.ToArray()));
        return _calls.Count - 1;
    }

    private long IndexOf(JsonView call) => call.Member("index"u8).TryGetInt64(out var number) ? number
        : _calls.Count > 0 ? _calls[^1].Index : 0;

    private void Keep(Begun call, ReadOnlySpan<byte> text)
    {
        Count(text.Length);
        (call.Kept ??= OpenString()).Write(text);
    }

    private void Count(int more)
    {
        _keptBytes += more;
        if (_keptBytes > MaxKeptBytes)
        {
            throw new JsonException(
                $"more than {MaxKeptBytes} bytes of calls of tools would have to wait for the one before to end");
        }
    }

    private void TellNext(IBufferWriter<byte> output)
    {
        TellEmpty(output);
        var call = _calls[++_told];
        _keptBytes -= call.Name.Length;
        teller.BeginCall(output, call.Id, call.Name);
        if (call.Kept is { } kept)
        {
            _keptBytes -= kept.WrittenCount - 1;
            kept.Write("\""u8);
            teller.WriteArguments(output, kept.WrittenSpan);
            call.Kept = null;
        }
    }

    /// <summary>The last one that was told takes nothing, as it turns out.</summary>
    private void TellEmpty(IBufferWriter<byte> output)
    {
        if (_told >= 0 && _calls[_told].Start.IsAll)
        {
            _calls[_told].Start.End();
            _calls[_told].Arguments.Read("{}"u8);
            teller.WriteArguments(output, Empty);
        }
    }

    private static byte[] Quoted(ReadOnlySpan<byte> text) => [.. "\""u8, .. text, .. "\""u8];

    private static ArrayBufferWriter<byte> OpenString()
    {
        var text = new ArrayBufferWriter<byte>();
        text.Write("\""u8);
        return text;
    }

    /// <param name="index">How the provider numbers it.</param>
    /// <param name="id">A JSON string, or nothing.</param>
    /// <param name="name">A JSON string.</param>
    private sealed class Begun(long index, byte[] id, byte[] name)
    {
        public EmptyStart Start;

        public JsonPieces Arguments;

        public long Index => index;

        public byte[] Id => id;

        public byte[] Name => name;

        public ReadOnlySpan<byte> IdText => id.Length == 0 ? [] : id.AsSpan(1..^1);

        /// <summary>A JSON string that is still open.</summary>
        public ArrayBufferWriter<byte>? Kept { get; set; }

        public bool HasEnded { get; set; }

        public bool IsWhole => HasEnded || Arguments.IsWhole;
    }
}

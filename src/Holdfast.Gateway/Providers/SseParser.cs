using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Providers;

/// <summary>
/// Cuts a byte stream into server-sent events (WHATWG HTML, "Server-sent events"): lines end in LF, CRLF or CR,
/// events in a blank line. A line that begins with a byte order mark anywhere but at the stream's start says nothing,
/// and at an event's start it is left out of its bytes: whoever reads those first would drop the mark and find a field.
/// </summary>
internal sealed class SseParser : IEventParser
{
    private static ReadOnlySpan<byte> ByteOrderMark => "\uFEFF"u8;

    private int _lineStart;
    private int _scanned;
    private bool _started;
    private PooledBuffer? _joined;

    /// <inheritdoc/>
    public bool TryRead(ReadOnlySpan<byte> unread, bool atEnd, out SseEvent sse, out int consumed)
    {
        while (_scanned < unread.Length)
        {
            var found = unread[_scanned..].IndexOfAny((byte)'\n', (byte)'\r');
            if (found < 0)
            {
                _scanned = unread.Length;
                break;
            }

            var lineEnd = _scanned + found;
            var next = lineEnd + 1;
            if (unread[lineEnd] == '\r')
            {
                if (next == unread.Length && !atEnd)
                {
                    // An LF may still belong to this line end.
                    _scanned = lineEnd;
                    break;
                }

                next += next < unread.Length && unread[next] == '\n' ? 1 : 0;
            }

            var blank = lineEnd == _lineStart;
            _lineStart = _scanned = next;
            if (blank)
            {
                return Take(unread[..next], isComplete: true, out sse, out consumed);
            }
        }

        if (atEnd && !unread.IsEmpty)
        {
            return Take(unread, isComplete: false, out sse, out consumed);
        }

        sse = default;
        consumed = 0;
        return false;
    }

    public void Dispose() => _joined?.Dispose();

    private bool Take(ReadOnlySpan<byte> raw, bool isComplete, out SseEvent sse, out int consumed)
    {
        consumed = raw.Length;
        _lineStart = _scanned = 0;
        if (!_started)
        {
            _started = true;
            raw = raw.StartsWith(ByteOrderMark) ? raw[ByteOrderMark.Length..] : raw;
        }

        while (raw.StartsWith(ByteOrderMark))
        {
            _ = NextLine(ref raw);
        }

        var data = raw[..0];
        var name = raw[..0];
        var dataLines = 0;
        var rest = raw;
        while (!rest.IsEmpty)
        {
            var line = NextLine(ref rest);
            var colon = line.IndexOf((byte)':');
            var field = colon < 0 ? line : line[..colon];
            var value = colon < 0 ? line[..0] : line[(colon + 1)..];
            if (!value.IsEmpty && value[0] == ' ')
            {
                value = value[1..];
            }

            if (field.SequenceEqual("data"u8))
            {
                data = ++dataLines == 1 ? value : Join(data, value, dataLines);
            }
            else if (field.SequenceEqual("event"u8))
            {
                name = value;
            }
        }

        sse = new SseEvent
        {
            Raw = raw, Data = data, Name = name, HasData = dataLines > 0, IsComplete = isComplete,
        };
        return true;
    }

    private ReadOnlySpan<byte> Join(ReadOnlySpan<byte> first, ReadOnlySpan<byte> value, int lines)
    {
        _joined ??= new PooledBuffer(1024);
        if (lines == 2)
        {
            _joined.Clear();
            _joined.Write(first);
        }

        _joined.Write("\n"u8);
        _joined.Write(value);
        return _joined.WrittenSpan;
    }

    private static ReadOnlySpan<byte> NextLine(scoped ref ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOfAny((byte)'\n', (byte)'\r');
        if (end < 0)
        {
            var last = rest;
            rest = default;
            return last;
        }

        var line = rest[..end];
        var next = end + 1;
        next += rest[end] == '\r' && next < rest.Length && rest[next] == '\n' ? 1 : 0;
        rest = rest[next..];
        return line;
    }
}

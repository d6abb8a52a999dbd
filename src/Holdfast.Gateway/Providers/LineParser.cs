namespace Holdfast.Gateway.Providers;

/// <summary>
/// Cuts a byte stream into lines, each a JSON document: a line ends in LF, with a CR before it or without. The last one
/// may lack its end; it counts as an incomplete event, and is good if its document is whole.
/// </summary>
internal sealed class LineParser : IEventParser
{
    private int _scanned;
    private bool _started;

    /// <inheritdoc/>
    public bool TryRead(ReadOnlySpan<byte> unread, bool atEnd, out SseEvent sse, out int consumed)
    {
        var found = unread[_scanned..].IndexOf((byte)'\n');
        if (found < 0 && (!atEnd || unread.IsEmpty))
        {
            _scanned = unread.Length;
            sse = default;
            consumed = 0;
            return false;
        }

        consumed = found < 0 ? unread.Length : _scanned + found + 1;
        _scanned = 0;
        var raw = unread[..consumed];
        if (!_started)
        {
            _started = true;
            raw = raw.StartsWith("\uFEFF"u8) ? raw["\uFEFF"u8.Length..] : raw;
        }

        var data = raw.Trim(" \t\r\n"u8);
        sse = new SseEvent { Raw = raw, Data = data, HasData = !data.IsEmpty, IsComplete = found >= 0 };
        return true;
    }

    public void Dispose()
    {
    }
}

namespace Holdfast.Gateway.Providers.Bedrock;

/// <summary>
/// Cuts a byte stream into frames of <c>application/vnd.amazon.eventstream</c>. An event's data is the whole frame,
/// which its reader checks and takes apart. Where no frame begins, everything that is left is one event, and the reader
/// finds out that it is none.
/// </summary>
internal sealed class EventStreamParser : IEventParser
{
    /// <inheritdoc/>
    public bool TryRead(ReadOnlySpan<byte> unread, bool atEnd, out SseEvent sse, out int consumed)
    {
        sse = default;
        consumed = 0;
        var length = unread.Length >= EventStreamFrame.PreludeBytes ? EventStreamFrame.LengthOf(unread) : int.MaxValue;
        if (unread.IsEmpty || (length > unread.Length && !atEnd))
        {
            return false;
        }

        var isComplete = length <= unread.Length;
        consumed = length > 0 && isComplete ? length : unread.Length;
        var frame = unread[..consumed];
        sse = new SseEvent { Raw = frame, Data = frame, HasData = true, IsComplete = isComplete };
        return true;
    }

    public void Dispose()
    {
    }
}

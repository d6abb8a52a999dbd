namespace Holdfast.Gateway.Providers;

/// <summary>
/// Cuts one stream's bytes into events. It remembers how far it has looked, so that a large event costs linear time
/// however finely it is segmented.
/// </summary>
internal interface IEventParser : IDisposable
{
    /// <summary>Takes the next event from <paramref name="unread"/>.</summary>
    /// <param name="unread">
    /// Everything received and not yet consumed; it always starts at an event's first byte.
    /// </param>
    /// <param name="atEnd">The connection has ended: what is left counts as an event, though an incomplete one.</param>
    /// <param name="sse">The event: views into <paramref name="unread"/>, valid until the next call.</param>
    /// <param name="consumed">How many bytes the caller must drop before the next call.</param>
    bool TryRead(ReadOnlySpan<byte> unread, bool atEnd, out SseEvent sse, out int consumed);
}

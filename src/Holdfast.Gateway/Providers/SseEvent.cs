namespace Holdfast.Gateway.Providers;

/// <summary>
/// One event of a stream, as views into the receive buffer: valid until the next one is read. Its words are those of
/// server-sent events; where a stream is made of lines or frames, each is an event, and its data is what it holds.
/// </summary>
internal readonly ref struct SseEvent
{
    /// <summary>
    /// All its bytes as received, the closing blank line included; of a server-sent event without lines at its start
    /// that begin with a byte order mark.
    /// </summary>
    public ReadOnlySpan<byte> Raw { get; init; }

    /// <summary>The value of its <c>data</c> lines, joined by LF when there are several; empty without any.</summary>
    public ReadOnlySpan<byte> Data { get; init; }

    /// <summary>The value of its <c>event</c> line; empty without one.</summary>
    public ReadOnlySpan<byte> Name { get; init; }

    /// <summary>It has at least one <c>data</c> line; otherwise only comments or other fields.</summary>
    public bool HasData { get; init; }

    /// <summary>Closed by a blank line; false only for what was left when the connection ended.</summary>
    public bool IsComplete { get; init; }
}

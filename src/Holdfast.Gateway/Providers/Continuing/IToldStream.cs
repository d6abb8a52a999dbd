using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Providers.Continuing;

/// <summary>
/// What a stream has told its caller so far, read from the caller's own bytes, and how the events of another stream are
/// told as if they were the rest of it: one id, one model, one text, one ending.
/// </summary>
internal interface IToldStream : IDisposable
{
    /// <summary>The text so far.</summary>
    ReadOnlyMemory<byte> Text { get; }

    /// <summary>
    /// Bytes of text and of thoughts so far, for an estimate of what a provider that was cut has been paid for.
    /// </summary>
    long Spoken { get; }

    /// <summary>Why nobody can go on with it: a tool's call has begun, the text is too long. Null: nothing.</summary>
    string? Obstacle { get; }

    /// <summary>Reads events that go to the caller as they are.</summary>
    void Note(ReadOnlySpan<byte> events);

    /// <summary>Another stream begins to go on with it.</summary>
    void GoOn(ContinuationWay way);

    /// <summary>Tells events of a stream that goes on.</summary>
    /// <param name="events">Whole ones, in the caller's dialect.</param>
    /// <param name="usage">Says what everything together has used until now.</param>
    /// <param name="output">The caller's bytes.</param>
    void Tell(ReadOnlySpan<byte> events, Func<Usage> usage, System.Buffers.IBufferWriter<byte> output);
}

/// <summary>Chooses who reads a caller's dialect.</summary>
internal static class ToldStreams
{
    /// <summary>Null for calls whose streams nobody goes on with.</summary>
    /// <param name="call">The call.</param>
    /// <param name="maxBytes">So much text is kept at most.</param>
    public static IToldStream? For(CallRequest call, int maxBytes) => call switch
    {
        { Operation: not Operation.ChatCompletions } or { Choices: not 1 } => null,
        { Dialect: Dialect.OpenAi } => new ToldChunks(call.IncludeUsage, maxBytes),
        { Dialect: Dialect.Anthropic } => new ToldMessage(maxBytes),
        _ => null,
    };
}

using System.Buffers;
using System.Net.Http.Headers;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Providers;

/// <summary>
/// One provider's dialect as pure translation: build a request, read an answer, read a stream, read an error.
/// No I/O, no clock, no state but a stream's own. What it writes for the caller is in the caller's dialect,
/// <see cref="CallRequest.Dialect"/>; where that is its own dialect too, bytes go through as they are.
/// </summary>
/// <remarks>Whatever comes from the provider is untrusted: wrong shapes are faults, never exceptions.</remarks>
internal interface IProvider
{
    /// <summary>The address of the call's operation for the provider's model <paramref name="model"/>.</summary>
    Uri UrlFor(CallRequest call, string model);

    /// <summary>
    /// Where a GET lists the provider's models and costs nothing; null where there is no such list.
    /// </summary>
    Uri? ModelsUrl { get; }

    /// <summary>Adds the dialect's own headers; authorization and the body's are the client's business.</summary>
    void WriteHeaders(CallRequest call, HttpRequestHeaders headers);

    /// <summary>Writes the request body.</summary>
    /// <exception cref="UnsupportedFieldException">The provider cannot do what the caller asks.</exception>
    void WriteBody(CallRequest call, string model, IBufferWriter<byte> output);

    /// <summary>Reads a whole answer that came with a 2xx status.</summary>
    /// <param name="context">The call and what the answer may need from outside.</param>
    /// <param name="body">The provider's bytes.</param>
    /// <param name="output">Room for a translated answer; unused when the bytes go through.</param>
    PlainAnswer ReadAnswer(in AnswerContext context, ReadOnlyMemory<byte> body, PooledBuffer output);

    /// <summary>What its streams are made of.</summary>
    StreamFormat Streams { get; }

    /// <summary>A reader for one stream that came with a 2xx status.</summary>
    IStreamReader OpenStream(in AnswerContext context);

    /// <summary>Classifies an answer with any other status.</summary>
    ProviderFault ReadError(int status, ReadOnlySpan<byte> body);

    /// <summary>Classifies an answer whose header says what kind of error it is.</summary>
    /// <param name="status">The status.</param>
    /// <param name="body">The provider's bytes.</param>
    /// <param name="name">The value of <c>x-amzn-errortype</c>; null without one.</param>
    ProviderFault ReadError(int status, ReadOnlySpan<byte> body, string? name) => ReadError(status, body);
}

/// <param name="Call">The call.</param>
/// <param name="Model">The provider's model name.</param>
/// <param name="Created">Unix seconds, for dialects whose answers carry no time.</param>
internal readonly record struct AnswerContext(CallRequest Call, string Model, long Created);

/// <summary>A whole answer, or why it is none.</summary>
/// <param name="Body">For the caller, in its dialect; empty with a fault.</param>
/// <param name="Usage">The tokens that the provider counted.</param>
/// <param name="Fault">Null when the answer is good.</param>
internal readonly record struct PlainAnswer(ReadOnlyMemory<byte> Body, Usage Usage, ProviderFault? Fault = null);

/// <summary>Reads one provider's stream event by event and writes what the caller gets of it.</summary>
internal interface IStreamReader
{
    /// <summary>
    /// Reads one event and appends the bytes that the caller gets: complete events in its dialect, or nothing. The
    /// end marker (<c>[DONE]</c>) is never among them: <see cref="Complete"/> writes it.
    /// </summary>
    StreamSignal Read(in SseEvent sse, IBufferWriter<byte> output);

    /// <summary>Every choice that began has its finish reason: the provider's end marker may come.</summary>
    bool IsFinished { get; }

    /// <summary>
    /// Every choice that was asked for has its finish reason: nothing is missing even if no end marker comes.
    /// </summary>
    bool IsWhole { get; }

    /// <summary>
    /// The model has begun to say why it won't answer, in a dialect that tells this apart from an answer.
    /// </summary>
    bool IsRefusal => false;

    /// <summary>
    /// Writes what a finished stream still owes its caller: a usage chunk if it asked for one, the end marker.
    /// </summary>
    void Complete(IBufferWriter<byte> output);

    /// <summary>The tokens counted so far.</summary>
    Usage Usage { get; }

    /// <summary>Set when <see cref="Read"/> returned <see cref="StreamSignalKind.Fault"/>.</summary>
    ProviderFault? Fault { get; }

    /// <summary>What an event after the last one is numbered, in dialects whose events are; 0 in all others.</summary>
    long NextNumber => 0;
}

/// <param name="Kind">What the event was.</param>
/// <param name="Characters">Bytes of content in it, for the throughput clock.</param>
internal readonly record struct StreamSignal(StreamSignalKind Kind, int Characters = 0)
{
    public static readonly StreamSignal Nothing = new(StreamSignalKind.Nothing);
}

internal enum StreamSignalKind
{
    /// <summary>A comment, a ping, a role, usage: passed on as it may be, no token.</summary>
    Nothing,

    /// <summary>
    /// Content, reasoning, a refusal, a part of a tool call, or a finish reason: feeds the token clock.
    /// </summary>
    Token,

    /// <summary>The provider's end marker. Good only when <see cref="IStreamReader.IsFinished"/>.</summary>
    End,

    /// <summary>The event is an error, or not what the dialect allows; see <see cref="IStreamReader.Fault"/>.</summary>
    Fault,
}

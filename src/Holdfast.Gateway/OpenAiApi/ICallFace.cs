using System.Buffers;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.OpenAiApi;

/// <summary>
/// What callers of one dialect do in their own way. All else about a call (who, admission, dispatch, the account) is
/// the same for everybody.
/// </summary>
internal interface ICallFace
{
    /// <summary>What its callers write and read.</summary>
    Dialect Dialect { get; }

    /// <summary>What they ask for.</summary>
    Operation Operation { get; }

    /// <summary>Finds the fields that the gateway needs in a request's body.</summary>
    /// <returns>Null, or what is wrong and where.</returns>
    CallError? TryRead(ReadOnlySpan<byte> body, out CallFields fields);

    /// <summary>Writes the headers that its callers expect of every answer, good or bad.</summary>
    void WriteHeaders(HttpContext http);

    /// <summary>
    /// What its callers get where nobody could answer: null for the error itself, which is all that most can get.
    /// </summary>
    PooledBuffer? AnswerInstead(HttpContext http, CallRequest call, CallError error);

    /// <summary>Answers with an error: status, headers, body.</summary>
    Task WriteErrorAsync(HttpContext http, CallError error);

    /// <summary>The status that <see cref="WriteErrorAsync"/> answers with.</summary>
    int StatusOf(CallError error);

    /// <summary>Writes the event that tells of a stream's breaking.</summary>
    /// <param name="output">The caller's bytes.</param>
    /// <param name="error">What the caller is told.</param>
    /// <param name="requestId">The call's id.</param>
    /// <param name="number">What the event is numbered, in dialects whose events are.</param>
    void WriteCut(IBufferWriter<byte> output, CallError error, string requestId, long number);
}

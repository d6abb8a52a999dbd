using System.Net;
using Holdfast.Admission;
using Holdfast.Failover;

namespace Holdfast.Gateway.Calls;

/// <summary>
/// One call as the caller sent it: the original bytes, the few fields that the gateway needs of them, and the
/// headers that may pass. The bytes are valid JSON (an object) and valid UTF-8; the face has seen to it.
/// </summary>
internal sealed class CallRequest
{
    // A token has about so many bytes of text; a limit is kept by what its provider counts, this is for the first call.
    private const int BytesPerToken = 4;

    private ReadOnlyMemory<byte> _body;
    private Range _modelValue;
    private string? _share;
    private Dictionary<int, CallRequest>? _inHub;

    /// <summary><c>x-request-id</c>: the caller's, if it is well formed, else made here.</summary>
    public required string Id { get; init; }

    public required Dialect Dialect { get; init; }

    public required Operation Operation { get; init; }

    /// <summary>
    /// The body, unchanged. Unless it is <see cref="Passed"/>, its face has read all of it: it is JSON. It lives in a
    /// pooled buffer that the face gives back after the call. A race's loser may run a little longer, so nobody may
    /// read it who doesn't heed the loser's token first.
    /// </summary>
    public required ReadOnlyMemory<byte> Body
    {
        get => _body;
        init => _body = value;
    }

    /// <summary>
    /// What an answer repeats of its request, in dialects whose answers do: an object's members with their commas.
    /// </summary>
    public ReadOnlyMemory<byte> Repeated { get; init; }

    /// <summary>
    /// Of a chat that was made of another dialect's request: where its messages come from, so that what is refused in
    /// one is named as the caller wrote it.
    /// </summary>
    public IReadOnlyList<MessageOrigin> Origins { get; init; } = [];

    /// <summary>The model name that the caller asked for, unescaped.</summary>
    public required string Model { get; init; }

    /// <summary>
    /// Where the value of <c>model</c> stands in <see cref="Body"/>, its quotation marks included. Empty, at
    /// <see cref="ObjectStart"/>, where the body may leave it out and does.
    /// </summary>
    public required Range ModelValue
    {
        get => _modelValue;
        init => _modelValue = value;
    }

    /// <summary>Where the object's first byte after <c>{</c> stands: fields may be inserted there.</summary>
    public required int ObjectStart { get; init; }

    /// <summary>The request itself, where it goes on as it is; null for what the gateway understands.</summary>
    public PassedRequest? Passed { get; init; }

    /// <summary>It can be sent a second time.</summary>
    public bool CanRepeat => Passed?.Content is null;

    public bool Stream { get; init; }

    /// <summary>What was told of the answer already; null where it begins with this call.</summary>
    public ToldAnswer? Told { get; private set; }

    /// <summary>The caller set <c>stream_options</c> itself.</summary>
    public bool HasStreamOptions { get; init; }

    /// <summary>The caller set <c>stream_options.include_usage</c> to true, so a usage chunk is due.</summary>
    public bool IncludeUsage { get; init; }

    /// <summary>How many choices the caller asked for: <c>n</c>.</summary>
    public int Choices { get; init; } = 1;

    /// <summary>How many inputs are to be answered, each by itself; 0 where that cannot be told.</summary>
    public int Inputs { get; init; }

    /// <summary>The caller wants vectors as base64: <c>encoding_format</c>.</summary>
    public bool WantsBase64 { get; init; }

    /// <summary>When the call arrived, after <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long StartedAt { get; init; }

    /// <summary><c>x-holdfast-timeout-ms</c>; null when the caller set none.</summary>
    public TimeSpan? CallerTimeout { get; init; }

    /// <summary><c>x-holdfast-strategy</c>; null: the route's.</summary>
    public FailoverStrategy? Strategy { get; init; }

    public PassedHeaders Headers { get; init; } = PassedHeaders.None;

    /// <summary><c>x-holdfast-priority</c>, 0 to 9, lower first. Default: normal.</summary>
    public int Priority { get; init; } = AdmissionPriority.Normal;

    /// <summary>The tokens that the caller allows for the answer; null when it says nothing.</summary>
    public int? MaxOutputTokens { get; init; }

    /// <summary>The key that the call came with, to tell callers apart only.</summary>
    public string? PresentedKey { private get; init; }

    /// <summary>Where the call came from, to tell callers apart only.</summary>
    public IPAddress? Address { private get; init; }

    /// <summary>
    /// Whose share of the places it takes. Made when a limit asks for it: without limits nobody needs to know.
    /// </summary>
    public string Share => _share ??= CallerShare.Of(PresentedKey, Address);

    /// <summary>
    /// The same for all calls of a caller, and practically always another one for another caller's; for this process
    /// only. 0: nobody knows whose it is.
    /// </summary>
    public int CallerMark => PresentedKey is { Length: > 0 } key
        ? key.GetHashCode(StringComparison.Ordinal) : Address?.GetHashCode() ?? 0;

    /// <summary>
    /// The same call in the hub's dialect, made when the first target of another dialect than the caller's is tried.
    /// Attempts that overlap get the same one.
    /// </summary>
    /// <param name="way">The same for all targets that take the same: they differ in what they know.</param>
    /// <param name="translate">Makes it; what it throws reaches the caller, and nothing is kept.</param>
    public CallRequest InHub(int way, Func<CallRequest, CallRequest> translate)
    {
        // Only calls that are translated pay for a list, and only races ever wait.
        var made = Volatile.Read(ref _inHub)
            ?? Interlocked.CompareExchange(ref _inHub, new(), null)
            ?? _inHub;
        lock (made)
        {
            return made.TryGetValue(way, out var call) ? call : made[way] = translate(this);
        }
    }

    /// <summary>The same call for a target that goes on with an answer that was cut.</summary>
    public CallRequest GoingOn(ToldAnswer told)
    {
        var rest = (CallRequest)MemberwiseClone();
        rest._inHub = null;
        rest.Told = told;
        return rest;
    }

    /// <summary>The same call with another body, into which what was told has been written.</summary>
    /// <param name="body">The whole of it.</param>
    /// <param name="modelValue">Where the model's name stands in it.</param>
    public CallRequest With(ReadOnlyMemory<byte> body, Range modelValue)
    {
        var changed = (CallRequest)MemberwiseClone();
        changed._inHub = null;
        changed._body = body;
        changed._modelValue = modelValue;
        changed.Told = null;
        return changed;
    }

    /// <summary>What the body takes of a provider's token limit, by its length.</summary>
    public long BodyTokens => TokensOf(Body.Length);

    /// <summary>What the call will cost of a token limit, by a rough estimate.</summary>
    public long EstimatedTokens => BodyTokens + Math.Max(0L, MaxOutputTokens ?? 0);

    /// <summary>How many tokens so many bytes of a body are, roughly.</summary>
    public static long TokensOf(long bytes) => bytes / BytesPerToken;
}

/// <summary>The caller's headers that go on to a provider; all others stay here.</summary>
internal sealed record PassedHeaders(
    string? TraceParent, string? OpenAiBeta, string? AnthropicVersion, string? AnthropicBeta, string? UserAgent)
{
    public static readonly PassedHeaders None = new(null, null, null, null, null);
}

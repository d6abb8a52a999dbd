namespace Holdfast.Simulator;

/// <summary>One way to fail and how often.</summary>
public sealed record Failure
{
    /// <summary>The way.</summary>
    public required FailureKind Kind { get; init; }

    /// <summary>The share of requests, 0 to 1. The shares of one behaviour add up to at most 1.</summary>
    public required double Share { get; init; }

    /// <summary>The HTTP status of <see cref="FailureKind.Status"/> (400 to 599), or the one that
    /// <see cref="FailureKind.ErrorIn200"/> and <see cref="FailureKind.ErrorMidStream"/> tell in their error.</summary>
    public int Status { get; init; } = 503;

    /// <summary>The delay asked for with a status; null: what the provider would send by itself.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>How the delay is written.</summary>
    public RetryAfterForm RetryAfterForm { get; init; }

    /// <summary>The value of an <c>x-should-retry</c> header; null: none but where the provider has it.</summary>
    public bool? ShouldRetry { get; init; }

    /// <summary>After how many content chunks a stream fails. Default 3.</summary>
    public CountRange Chunks { get; init; } = new(3, 3);

    /// <summary>How <see cref="FailureKind.CutAfter"/> ends the connection.</summary>
    public CutHow How { get; init; }

    /// <summary>The time to the first token of <see cref="FailureKind.Slow"/>. Default 10 s.</summary>
    public LatencyRange FirstToken { get; init; } = new(10_000, 10_000);

    /// <summary>The time between the pings of <see cref="FailureKind.PingsOnly"/>. Default 1 s.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The scenario's key, e.g. <c>status500</c>; also the name in the counters.</summary>
    public string Name => Kind == FailureKind.Status ? $"status{Status}" : Kind switch
    {
        FailureKind.Quota => "quota",
        FailureKind.Html502 => "html502",
        FailureKind.Html200 => "html200",
        FailureKind.Silent => "silent",
        FailureKind.SilentAfterHeaders => "silentAfterHeaders",
        FailureKind.Refuse => "refuse",
        FailureKind.CutAfter => "cutAfter",
        FailureKind.StallAfter => "stallAfter",
        FailureKind.PingsOnly => "pingsOnly",
        FailureKind.ErrorIn200 => "errorIn200",
        FailureKind.ErrorMidStream => "errorMidStream",
        FailureKind.BadChunk => "badChunk",
        FailureKind.EmptyChoices => "emptyChoices",
        FailureKind.DoneOnly => "doneOnly",
        FailureKind.NoDone => "noDone",
        _ => "slow",
    };
}

/// <summary>The ways to fail.</summary>
public enum FailureKind
{
    /// <summary>An error answer with an HTTP status.</summary>
    Status,

    /// <summary>The answer for an account without credit.</summary>
    Quota,

    /// <summary>A 502 with a page of HTML.</summary>
    Html502,

    /// <summary>A 200 with a page of HTML.</summary>
    Html200,

    /// <summary>Takes the request and never answers.</summary>
    Silent,

    /// <summary>Sends the head of a good answer and then nothing.</summary>
    SilentAfterHeaders,

    /// <summary>Resets the connection without an answer.</summary>
    Refuse,

    /// <summary>Ends the connection within the answer.</summary>
    CutAfter,

    /// <summary>Stops within the answer with the connection open.</summary>
    StallAfter,

    /// <summary>Sends keep-alives and nothing else.</summary>
    PingsOnly,

    /// <summary>An error in the place of the answer, with status 200.</summary>
    ErrorIn200,

    /// <summary>An error in the middle of a stream; a plain answer is an <see cref="ErrorIn200"/>.</summary>
    ErrorMidStream,

    /// <summary>One chunk that is no valid JSON; a plain answer is no valid JSON.</summary>
    BadChunk,

    /// <summary>An answer without choices (Anthropic: without content).</summary>
    EmptyChoices,

    /// <summary>The end of a stream without anything before it; a plain answer is <c>{}</c>.</summary>
    DoneOnly,

    /// <summary>A stream with everything but its end marker; a plain answer is a good one.</summary>
    NoDone,

    /// <summary>A good answer, late.</summary>
    Slow,
}

/// <summary>How a cut connection ends.</summary>
public enum CutHow
{
    /// <summary>FIN without the end of the chunked encoding.</summary>
    Fin,

    /// <summary>RST, after everything before it has been handed to the network.</summary>
    Rst,

    /// <summary>The proper end of the chunked encoding, but no finish reason.</summary>
    Clean,
}

/// <summary>How a delay to retry after is written.</summary>
public enum RetryAfterForm
{
    /// <summary><c>retry-after</c> in whole seconds.</summary>
    Seconds,

    /// <summary><c>retry-after-ms</c>.</summary>
    Milliseconds,

    /// <summary><c>retry-after</c> as an HTTP date.</summary>
    Date,
}

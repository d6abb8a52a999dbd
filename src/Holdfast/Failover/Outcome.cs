namespace Holdfast.Failover;

/// <summary>How an attempt ended, or why there was none. <see cref="Outcomes"/> says what follows from each.</summary>
public enum Outcome
{
    /// <summary>An answer; a content filter's or a blocked prompt's too.</summary>
    Ok,

    /// <summary>DNS, connection refused or reset before an answer, TLS.</summary>
    Refused,

    /// <summary>The limit for connecting, for the first token or for the attempt struck.</summary>
    Timeout,

    /// <summary>Status 408, 424, 5xx, 520–524, 529.</summary>
    ServerError,

    /// <summary>HTML, not JSON, no choices, an error inside a 200, cut before any content, failed validation.</summary>
    BadAnswer,

    /// <summary>Broken after the first token.</summary>
    Cut,

    /// <summary>Status 409, 425.</summary>
    Conflict,

    /// <summary>Status 429.</summary>
    RateLimited,

    /// <summary>Insufficient quota or credit, 402, spend limit.</summary>
    Quota,

    /// <summary>Status 401, 403, and the 400s that mean a bad key.</summary>
    Auth,

    /// <summary>Status 404 for the model.</summary>
    NotFound,

    /// <summary>Status 400, 413, 415, 422: the caller's own fault.</summary>
    CallerError,

    /// <summary>The caller left or its deadline struck; a lost race.</summary>
    Cancelled,

    /// <summary>Not tried: the circuit is open.</summary>
    CircuitOpen,

    /// <summary>Not tried: the target has no free place.</summary>
    Saturated,

    /// <summary>Not tried: the target cools down, or its keys are held.</summary>
    Held,

    /// <summary>Not tried: the target was taken out by hand.</summary>
    Isolated,
}

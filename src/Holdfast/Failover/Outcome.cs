namespace Holdfast.Failover;

/// <summary>How an attempt at a target ended.</summary>
public enum Outcome
{
    /// <summary>An answer.</summary>
    Ok,
    /// <summary>No connection.</summary>
    Refused,
    /// <summary>A limit of the attempt struck.</summary>
    Timeout,
    /// <summary>The server failed.</summary>
    ServerError,
    /// <summary>An answer that is none.</summary>
    BadAnswer,
    /// <summary>Broken after the first token.</summary>
    Cut,
    /// <summary>409 or 425.</summary>
    Conflict,
    /// <summary>429.</summary>
    RateLimited,
    /// <summary>Quota or credit used up.</summary>
    Quota,
    /// <summary>A bad key.</summary>
    Auth,
    /// <summary>The model is unknown there.</summary>
    NotFound,
    /// <summary>The caller's own mistake.</summary>
    CallerError,
    /// <summary>The caller left.</summary>
    Cancelled,
    /// <summary>Not tried: open.</summary>
    CircuitOpen,
    /// <summary>Not tried: full.</summary>
    Saturated,
    /// <summary>Not tried: held.</summary>
    Held,
    /// <summary>Not tried: isolated.</summary>
    Isolated,
}

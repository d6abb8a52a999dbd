namespace Holdfast.Timeouts;

/// <summary>Which limit struck.</summary>
public enum TimeoutKind
{
    /// <summary>None of them.</summary>
    None,

    /// <summary><see cref="TimeoutOptions.FirstToken"/>: a stream didn't begin.</summary>
    FirstToken,

    /// <summary>
    /// <see cref="TimeoutOptions.Attempt"/>: a plain call took too long, or a stream to its first token.
    /// </summary>
    Attempt,

    /// <summary><see cref="TimeoutOptions.Idle"/>: no token came for too long.</summary>
    Idle,

    /// <summary><see cref="TimeoutOptions.MinThroughput"/>: tokens came, but too slowly.</summary>
    Throughput,

    /// <summary>The deadline of the whole call.</summary>
    Call,
}

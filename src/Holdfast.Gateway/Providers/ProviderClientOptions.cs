namespace Holdfast.Gateway.Providers;

/// <summary>Bounds on what a provider may make us hold in memory.</summary>
internal sealed record ProviderClientOptions
{
    /// <summary>Largest whole answer in bytes. Default 64 MiB.</summary>
    public int MaxAnswerBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Bytes of an error answer that are read; the rest is thrown away. Default 64 KiB.</summary>
    public int MaxErrorBytes { get; init; } = 64 * 1024;

    /// <summary>Bytes of the answer to a health check that are looked at. Default 1 MiB.</summary>
    public int MaxProbeBytes { get; init; } = 1024 * 1024;

    /// <summary>Largest single event of a stream in bytes. Default 4 MiB.</summary>
    public int MaxEventBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Bytes of a stream that may wait for its first token. Default 256 KiB.</summary>
    public int MaxPreCommitBytes { get; init; } = 256 * 1024;

    /// <summary>
    /// Bytes of text that are kept of a stream so that another target can go on with it; a longer one ends where it
    /// breaks. Default 256 KiB.
    /// </summary>
    public int MaxContinuedBytes { get; init; } = 256 * 1024;

    /// <summary>
    /// How long a stream with all its finish reasons is waited for to end by itself. Default 5 seconds.
    /// </summary>
    public TimeSpan AfterFinish { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a pooled connection lives, so that DNS changes are seen. Default 5 minutes.</summary>
    public TimeSpan ConnectionLifetime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long an unused connection is kept: less than servers keep theirs, or a request meets one that is just being
    /// closed. Default 30 seconds.
    /// </summary>
    public TimeSpan ConnectionIdleTimeout { get; init; } = TimeSpan.FromSeconds(30);
}

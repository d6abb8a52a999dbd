namespace Holdfast.Timeouts;

/// <summary>The time limits of a call and of its attempts.</summary>
public sealed record TimeoutOptions
{
    /// <summary>Opening a connection. Default 5 seconds.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>From sending to a stream's first token. Default 60 seconds.</summary>
    public TimeSpan FirstToken { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Between two tokens. Default 60 seconds.</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Characters per second; 0 (default) is off.</summary>
    public double MinThroughput { get; init; }

    /// <summary>A plain call whole, a stream until its first token. Default 2 minutes.</summary>
    public TimeSpan Attempt { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The whole call over all attempts. Default 10 minutes.</summary>
    public TimeSpan Call { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Whether the attempt limit follows the target's latency. Default false.</summary>
    public bool Adaptive { get; init; }
}

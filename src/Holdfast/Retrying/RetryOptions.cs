namespace Holdfast.Retrying;

/// <summary>How often and how patiently a call repeats itself on a target already tried.</summary>
public sealed record RetryOptions
{
    /// <summary>Repeats per call. Default 3.</summary>
    public int MaxRetries { get; init; } = 3;

    /// <summary>Delay before the first repeat. Default 1 second.</summary>
    public TimeSpan BaseDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest backoff. Default 30 seconds.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Growth from repeat to repeat. Default 2.</summary>
    public double BackoffMultiplier { get; init; } = 2;

    /// <summary>Whether delays are spread. Default true.</summary>
    public bool Jitter { get; init; } = true;

    /// <summary>Width of the spread as a share of the delay. Default 0.1.</summary>
    public double JitterFactor { get; init; } = 0.1;
}

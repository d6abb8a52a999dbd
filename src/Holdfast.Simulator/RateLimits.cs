namespace Holdfast.Simulator;

/// <summary>
/// What a provider takes from each key. It is announced in the head of every answer, in the provider's own headers
/// where it has some, and what goes beyond gets a 429.
/// </summary>
public sealed record RateLimits
{
    /// <summary>Calls in a period, 1 to 1,000,000; null: 10,000.</summary>
    public int? Requests { get; init; }

    /// <summary>Prompt and completion tokens in a period, 1 to 1,000,000,000; null: 2,000,000.</summary>
    public int? Tokens { get; init; }

    /// <summary>The period, 100 ms to a day. Default a minute.</summary>
    public TimeSpan Period { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How it fills up again. Default all the time.</summary>
    public RateFill Fill { get; init; }
}

/// <summary>How what was used of a limit comes back.</summary>
public enum RateFill
{
    /// <summary>All the time, at the rate of the limit.</summary>
    Steady,

    /// <summary>All at once, when a period ends; the first begins with the first call.</summary>
    Window,
}

using Holdfast.Admission;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Admission;

/// <summary>
/// What one model was told last of its limits, and how they come to be there again. The default: nothing.
/// </summary>
internal readonly record struct ToldLimits
{
    private long HeardAt { get; init; }

    private RateLimits? Limits { get; init; }

    private LimitRefill Requests { get; init; }

    private LimitRefill Tokens { get; init; }

    /// <summary>
    /// The limit that models are told apart by: of calls, or of tokens where nothing is said of calls; 0 where it
    /// wasn't told.
    /// </summary>
    public (bool IsOfTokens, long Limit) Announced =>
        (Limits?.Requests is null, (Limits?.Requests ?? Limits?.Tokens)?.Limit ?? 0);

    /// <summary>It was told something since then, in ticks.</summary>
    public bool IsSince(long moment) => Limits is not null && HeardAt >= moment;

    /// <summary>How that limit comes to be there again.</summary>
    public LimitRefill Refill => Limits?.Requests is null ? Tokens : Requests;

    /// <summary>An answer has told more.</summary>
    /// <param name="limits">What it said.</param>
    /// <param name="now">The moment, in ticks.</param>
    public ToldLimits With(RateLimits limits, long now) => new()
    {
        HeardAt = now, Limits = limits, Requests = With(Requests, limits.Requests),
        Tokens = With(Tokens, limits.Tokens),
    };

    private static LimitRefill With(LimitRefill refill, RateLimitReading? said) =>
        said is { Limit: { } limit } known ? refill.With(limit, known.Remaining, known.Reset.Ticks) : refill;
}

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

    // 0 where they were never told. Some answers speak of one of them only.
    private long OfCalls { get; init; }

    private long OfTokens { get; init; }

    /// <summary>It was told something since then, in ticks.</summary>
    public bool IsSince(long moment) => Limits is not null && HeardAt >= moment;

    /// <summary>Whether two who were told limits were told different ones, of calls or of tokens.</summary>
    public bool IsOther(in ToldLimits other) =>
        IsComparable(other) ? Differ(OfCalls, other.OfCalls) || Differ(OfTokens, other.OfTokens)
            : OfCalls + OfTokens > 0 && other.OfCalls + other.OfTokens > 0;

    /// <summary>Both were told of calls, or both of tokens.</summary>
    public bool IsComparable(in ToldLimits other) =>
        (OfCalls > 0 && other.OfCalls > 0) || (OfTokens > 0 && other.OfTokens > 0);

    /// <summary>How the limit comes to be there again of which it was told last: of calls, or else of tokens.</summary>
    public LimitRefill Refill => Limits?.Requests is null ? Tokens : Requests;

    /// <summary>An answer has told more.</summary>
    /// <param name="limits">What it said.</param>
    /// <param name="now">The moment, in ticks.</param>
    public ToldLimits With(RateLimits limits, long now) => new()
    {
        HeardAt = now, Limits = limits, OfCalls = limits.Requests?.Limit ?? OfCalls,
        OfTokens = limits.Tokens?.Limit ?? OfTokens, Requests = With(Requests, limits.Requests),
        Tokens = With(Tokens, limits.Tokens),
    };

    private static bool Differ(long one, long other) => one > 0 && other > 0 && one != other;

    private static LimitRefill With(LimitRefill refill, RateLimitReading? said) =>
        said is { Limit: { } limit } known ? refill.With(limit, known.Remaining, known.Reset.Ticks) : refill;
}

using Holdfast.Admission;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Admission;

/// <summary>
/// What one model was told last of its limits, and how they come to be there again. The default: nothing.
/// </summary>
internal readonly record struct ToldLimits
{
    // Resets are rounded to whole seconds, and heads are on their way.
    private const long Rounding = 2 * TimeSpan.TicksPerSecond;

    private CallMark Mark { get; init; }

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

    /// <summary>All there is of the limits that were told.</summary>
    public RateLimits Full => new(AllOf(Limits?.Requests), AllOf(Limits?.Tokens));

    /// <summary>How that limit comes to be there again.</summary>
    public LimitRefill Refill => Limits?.Requests is null ? Tokens : Requests;

    /// <summary>An answer has told more.</summary>
    /// <param name="limits">What it said.</param>
    /// <param name="mark">The answered call.</param>
    /// <param name="now">The moment, in ticks.</param>
    public ToldLimits With(RateLimits limits, in CallMark mark, long now) => new()
    {
        Mark = mark, HeardAt = now, Limits = limits, Requests = With(Requests, limits.Requests),
        Tokens = With(Tokens, limits.Tokens),
    };

    /// <summary>The same, as if the answer had told something else.</summary>
    public ToldLimits With(RateLimits limits) => this with { Limits = limits };

    /// <summary>
    /// What is left to two models, whether they draw on one limit or each on its own: no more than either was told,
    /// less what both have begun since.
    /// </summary>
    /// <param name="other">What the other was told now.</param>
    public RateLimits LeastWith(in ToldLimits other) => other.Limits is not { } said || Limits is not { } mine
        ? other.Limits ?? RateLimits.None
        : new RateLimits(
            Least(said.Requests, mine.Requests, Requests, other.Mark.Number - Mark.Number, other),
            Least(said.Tokens, mine.Tokens, Tokens, other.Mark.Tokens - Mark.Tokens, other));

    private static RateLimitReading? AllOf(RateLimitReading? said) =>
        said is { Limit: { } limit } known ? known with { Remaining = limit } : said;

    private static LimitRefill With(LimitRefill refill, RateLimitReading? said) =>
        said is { Limit: { } limit } known ? refill.With(limit, known.Remaining, known.Reset.Ticks) : refill;

    private RateLimitReading? Least(
        RateLimitReading? said, RateLimitReading? mine, in LimitRefill refill, long taken, in ToldLimits other)
    {
        // What was left before it was there again says nothing about what is left now.
        if (said is not { } now || mine is not { Limit: { } limit } then
            || HeardAt + then.Reset.Ticks <= other.HeardAt)
        {
            return said;
        }

        var between = Math.Max(0, other.Mark.At - Mark.At);
        var back = refill.Between(limit, then.Remaining, then.Reset.Ticks, between).Least;
        var left = then.Remaining - Math.Max(0, taken) + (long)back;
        if (left >= now.Remaining)
        {
            return said;
        }

        // Some say a reset by when the call came, others by when the answer goes. Where both may mean one moment the
        // younger word counts.
        var isOne = Mark.At + then.Reset.Ticks <= other.HeardAt + now.Reset.Ticks + Rounding
            && other.Mark.At + now.Reset.Ticks <= HeardAt + then.Reset.Ticks + Rounding;
        // At the earlier of two moments only one limit is there again, and all would be taken for it.
        return now with
        {
            Limit = limit, Remaining = Math.Max(0, left),
            Reset = isOne ? now.Reset
                : TimeSpan.FromTicks(Math.Max(now.Reset.Ticks, HeardAt + then.Reset.Ticks - other.HeardAt)),
        };
    }
}

namespace Holdfast.Failover;

/// <summary>
/// Whether a target can be tried at this moment. <c>default(Availability)</c> is <see cref="Now"/>.
/// </summary>
public readonly record struct Availability
{
    private readonly bool _isUnavailable;

    private Availability(bool isUnavailable, bool isLastResort, Outcome whyNot, TimeSpan retryAfter)
    {
        _isUnavailable = isUnavailable;
        IsLastResort = isLastResort;
        WhyNot = whyNot;
        RetryAfter = retryAfter;
    }

    /// <summary>It can be tried.</summary>
    public static Availability Now => default;

    /// <summary>
    /// It can be tried, but after all others, because there is little hope: all its keys are marked bad.
    /// </summary>
    public static Availability LastResort => new(false, true, Outcome.Ok, TimeSpan.Zero);

    /// <summary>Whether it can be tried.</summary>
    public bool IsAvailable => !_isUnavailable;

    /// <summary>Whether it comes after all others.</summary>
    public bool IsLastResort { get; }

    /// <summary>Why it cannot be tried; <see cref="Outcome.Ok"/> when it can.</summary>
    public Outcome WhyNot { get; }

    /// <summary>How long until it is worth trying; zero when that is now, or nobody knows.</summary>
    public TimeSpan RetryAfter { get; }

    /// <summary>It cannot be tried.</summary>
    /// <param name="whyNot">
    /// One of the outcomes of targets that are not tried, or <see cref="Outcome.RateLimited"/> for one that cools down.
    /// </param>
    /// <param name="retryAfter">How long that lasts; zero when nobody knows.</param>
    /// <exception cref="ArgumentOutOfRangeException">The outcome is none of these.</exception>
    public static Availability Not(Outcome whyNot, TimeSpan retryAfter = default)
    {
        if (whyNot.IsAttempt() && whyNot != Outcome.RateLimited)
            throw new ArgumentOutOfRangeException(nameof(whyNot), whyNot, "not a reason for not trying a target");
        return new Availability(true, false, whyNot, retryAfter > TimeSpan.Zero ? retryAfter : TimeSpan.Zero);
    }

    /// <summary>
    /// Whether waiting helps: it rests for a known time. An open circuit or a full target is not waited for.
    /// </summary>
    internal bool IsResting =>
        _isUnavailable && WhyNot is Outcome.Held or Outcome.RateLimited && RetryAfter > TimeSpan.Zero;
}

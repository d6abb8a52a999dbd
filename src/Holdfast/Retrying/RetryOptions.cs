using Holdfast.Failover;

namespace Holdfast.Retrying;

/// <summary>How often and how patiently a call repeats on targets it has tried already.</summary>
public sealed record RetryOptions
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>
    /// Repeats one call may spend over all its targets; the first attempt at each target is free. 0 to 100. Default 3.
    /// </summary>
    public int MaxRetries { get; init; } = 3;

    /// <summary>The wait before a target's first repeat. 0 to 1 hour. Default 1 s.</summary>
    public TimeSpan BaseDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The longest wait that backing off leads to, jitter included; a server may ask for a longer one. From
    /// <see cref="BaseDelay"/> to 1 hour. Default 30 s.
    /// </summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What the wait is multiplied with at each further repeat. 1 to 100. Default 2.</summary>
    public double BackoffMultiplier { get; init; } = 2;

    /// <summary>
    /// Whether waits are spread at random, so that callers don't come back all at once. Default true.
    /// </summary>
    public bool Jitter { get; init; } = true;

    /// <summary>How far jitter moves a wait, as a share of it, up or down. 0 to 1. Default 0.1.</summary>
    public double JitterFactor { get; init; } = 0.1;

    /// <summary>
    /// The outcomes after which the same target may be tried again, instead of those that the table of
    /// <see cref="Outcomes"/> names. Empty, the default: the table's. What ends a call (a caller's own mistake, a
    /// cancellation) ends it all the same.
    /// </summary>
    public IReadOnlyList<Outcome> RetryableErrors { get; init; } = [];

    /// <summary>Whether the same target may be tried again after <paramref name="outcome"/>.</summary>
    /// <param name="outcome">How the attempt ended.</param>
    public RepeatRule RuleFor(Outcome outcome)
    {
        var rule = outcome.Rule().Repeat;
        if (RetryableErrors.Count == 0)
            return rule;
        if (!RetryableErrors.Contains(outcome))
            return RepeatRule.Never;
        return rule == RepeatRule.Never ? RepeatRule.Yes : rule;
    }

    /// <summary>Everything that is wrong with these values, each as <c>where: what: what is allowed</c>.</summary>
    /// <returns>Nothing when the options are usable.</returns>
    public IEnumerable<string> Problems()
    {
        if (MaxRetries is < 0 or > 100)
            yield return $"maxRetries: {MaxRetries}: 0 to 100";
        if (BaseDelay < TimeSpan.Zero || BaseDelay > Longest)
            yield return $"baseDelay: {BaseDelay}: 0 to 1 hour";
        if (MaxDelay < BaseDelay || MaxDelay > Longest)
            yield return $"maxDelay: {MaxDelay}: baseDelay ({BaseDelay}) to 1 hour";
        if (!(BackoffMultiplier >= 1 && BackoffMultiplier <= 100))
            yield return FormattableString.Invariant($"backoffMultiplier: {BackoffMultiplier}: 1 to 100");
        if (!(JitterFactor >= 0 && JitterFactor <= 1))
            yield return FormattableString.Invariant($"jitterFactor: {JitterFactor}: 0 to 1");
    }
}

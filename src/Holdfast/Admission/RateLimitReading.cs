namespace Holdfast.Admission;

/// <summary>What a server said of one of its limits in the head of an answer.</summary>
/// <param name="Limit">What it allows in a period; null when it didn't say.</param>
/// <param name="Remaining">What is left of it. Below zero counts as zero.</param>
/// <param name="Reset">How long until all of it is there again. Longer than a day counts as a day.</param>
public readonly record struct RateLimitReading(long? Limit, long Remaining, TimeSpan Reset);

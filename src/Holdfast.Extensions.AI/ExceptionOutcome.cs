using Holdfast.Failover;

namespace Holdfast.Extensions.AI;

/// <summary>What an exception of a client means for the call.</summary>
/// <param name="Outcome">How the attempt ended.</param>
/// <param name="ServerDelay">What the server asked to wait; null when it didn't, or nobody can tell.</param>
/// <param name="MayRepeat">
/// False when the server said that a repeat is of no use (<c>x-should-retry: false</c>). Default true.
/// </param>
public readonly record struct ExceptionOutcome(Outcome Outcome, TimeSpan? ServerDelay = null, bool MayRepeat = true);

using Holdfast.Failover;

namespace Holdfast.Execution;

/// <summary>What a self test found.</summary>
/// <param name="Operation">The operation.</param>
/// <param name="Checks">Each fault at each target, and at all of them at once.</param>
public sealed record SelfTestReport(string Operation, IReadOnlyList<SelfTestCheck> Checks)
{
    /// <summary>Everything held.</summary>
    public bool Held => Checks.All(check => check.Held);
}

/// <summary>One fault in one place.</summary>
/// <param name="Fault">The fault; <see cref="Outcome.Timeout"/> is a target that never answers.</param>
/// <param name="Target">Where it was; null: at every target.</param>
/// <param name="Held">
/// With the fault at one target: the call was answered all the same. At every target: it ended with a
/// <see cref="ResilienceException"/> whose trail names each target.
/// </param>
/// <param name="Detail">What happened, in one sentence.</param>
/// <param name="Attempts">What was tried.</param>
public sealed record SelfTestCheck(Outcome Fault, string? Target, bool Held, string Detail, AttemptTrail Attempts);

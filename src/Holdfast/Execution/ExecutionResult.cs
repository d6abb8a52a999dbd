namespace Holdfast.Execution;

/// <summary>What a protected call came to.</summary>
/// <typeparam name="T">What the operation makes.</typeparam>
/// <param name="Value">The answer.</param>
/// <param name="Target">The target that gave it.</param>
/// <param name="ExecutionTime">From the call to its answer, waits included.</param>
/// <param name="FallbackUsed">
/// Another target than the call's first gave it, after one before it had failed, was passed over or was hedged. False
/// for a race that the first target merely lost.
/// </param>
/// <param name="Attempts">Everything that was tried and passed over.</param>
public sealed record ExecutionResult<T>(
    T Value, string Target, TimeSpan ExecutionTime, bool FallbackUsed, AttemptTrail Attempts);

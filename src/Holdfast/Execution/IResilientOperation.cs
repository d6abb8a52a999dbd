namespace Holdfast.Execution;

/// <summary>What an operation offers whatever it makes.</summary>
public interface IResilientOperation
{
    /// <summary>Its name.</summary>
    string Name { get; }

    /// <summary>How it does now.</summary>
    OperationHealth GetHealth();

    /// <summary>
    /// Injects faults into a copy of the operation and tells what held. Targets that are not hit are really called,
    /// several times each. Breakers, statistics and budgets of the operation itself are not touched.
    /// </summary>
    /// <param name="cancellationToken">Ends the test.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    Task<SelfTestReport> SelfTestAsync(CancellationToken cancellationToken = default);

    /// <summary>Takes a target out until <see cref="Reset"/>.</summary>
    /// <param name="target">Its name.</param>
    /// <exception cref="KeyNotFoundException">There is no such target.</exception>
    void Isolate(string target);

    /// <summary>
    /// Forgets what keeps calls away from a target: closes its circuit, ends its rest after a rate limit or a used-up
    /// quota, and takes a key that was refused for good again. Calls on their way may find it anew.
    /// </summary>
    /// <param name="target">Its name.</param>
    /// <exception cref="KeyNotFoundException">There is no such target.</exception>
    void Reset(string target);
}

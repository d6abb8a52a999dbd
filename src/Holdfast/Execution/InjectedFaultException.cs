using Holdfast.Failover;

namespace Holdfast.Execution;

/// <summary>A failure that a self test made. It appears in the trails of a <see cref="SelfTestReport"/>.</summary>
public sealed class InjectedFaultException : Exception
{
    internal InjectedFaultException(Outcome outcome)
        : base($"injected: {outcome.Word()}") => Outcome = outcome;

    /// <summary>What it stands for.</summary>
    public Outcome Outcome { get; }
}

using Holdfast.Gateway.Providers;
using Holdfast.Retrying;
using Holdfast.Timeouts;

namespace Holdfast.Gateway.Routing;

/// <summary>One place that may answer a route's calls: a provider's model, with the limits that hold there.</summary>
internal sealed class Target(
    Provider provider, string model, RetryOptions retry, TimeoutOptions timeouts, TargetState state)
{
    public Provider Provider { get; } = provider;

    public string Model { get; } = model;

    public RetryOptions Retry { get; } = retry;

    public TimeoutOptions Timeouts { get; } = timeouts;

    public TargetState State { get; } = state;

    public override string ToString() => $"{Provider.Name}/{Model}";
}

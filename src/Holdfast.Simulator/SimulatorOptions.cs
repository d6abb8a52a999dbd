namespace Holdfast.Simulator;

/// <summary>How a <see cref="ProviderSimulator"/> is started.</summary>
public sealed record SimulatorOptions
{
    /// <summary>The loopback port, 0 to 65535. Default 9000; 0 takes a free one.</summary>
    public int Port { get; init; } = 9000;

    /// <summary>
    /// Gives every provider a port of its own as well, where paths start at <c>/v1</c>: <see cref="Port"/> + 1 and
    /// following in the order of the providers, or free ones when <see cref="Port"/> is 0. Default false.
    /// </summary>
    public bool PortPerProvider { get; init; }

    /// <summary>The behaviours to start with. Default null: every provider answers well and at once.</summary>
    public Scenario? Scenario { get; init; }

    /// <summary>The seed for providers whose behaviour has none. Default 1.</summary>
    public int Seed { get; init; } = 1;
}

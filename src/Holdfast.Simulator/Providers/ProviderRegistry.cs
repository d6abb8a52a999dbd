namespace Holdfast.Simulator.Providers;

/// <summary>The providers of one simulator, by name and, once it listens, by the port of their own.</summary>
internal sealed class ProviderRegistry
{
    private readonly Dictionary<string, ProviderState> _byName;
    private readonly Dictionary<string, ProviderState>.AlternateLookup<ReadOnlySpan<char>> _bySpan;
    private Dictionary<int, ProviderState> _byPort = [];

    public ProviderRegistry(SimulatorOptions options, TimeProvider time)
    {
        All = [.. ProviderTable.All.Select(flavour => new ProviderState(
            flavour, options.Scenario?.For(flavour.Name) ?? new Behaviour(), options.Seed, time))];
        _byName = All.ToDictionary(state => state.Flavour.Name, StringComparer.Ordinal);
        _bySpan = _byName.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public IReadOnlyList<ProviderState> All { get; }

    /// <summary>Where each provider answers; empty until the simulator listens.</summary>
    public IReadOnlyList<SimulatedProvider> Simulated { get; private set; } = [];

    public ProviderState? Find(ReadOnlySpan<char> name) => _bySpan.TryGetValue(name, out var state) ? state : null;

    public ProviderState? FindByPort(int port) => _byPort.GetValueOrDefault(port);

    public string UrlOf(string name) =>
        Simulated.FirstOrDefault(provider => provider.Name == name)?.BaseUrl.OriginalString ?? "";

    /// <summary>Takes the addresses that listening has found.</summary>
    /// <param name="mainPort">The port with a path per provider.</param>
    /// <param name="ports">A port per provider in their order, or none.</param>
    public void Listening(int mainPort, IReadOnlyList<int> ports)
    {
        _byPort = ports.Select((port, index) => (port, All[index])).ToDictionary();
        Simulated = [.. All.Select((state, index) => new SimulatedProvider(
            state.Flavour.Name,
            state.Flavour.Dialect,
            new Uri(ports.Count == 0
                ? $"http://127.0.0.1:{mainPort}/{state.Flavour.Name}/v1"
                : $"http://127.0.0.1:{ports[index]}/v1")))];
    }
}

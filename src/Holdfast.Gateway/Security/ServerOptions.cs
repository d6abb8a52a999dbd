using Holdfast.Gateway.Shutdown;

namespace Holdfast.Gateway.Security;

/// <summary>The section <c>server</c>.</summary>
internal sealed record ServerOptions
{
    /// <summary>Where the gateway listens. Default <c>http://127.0.0.1:8080</c>. Read at start only.</summary>
    public IReadOnlyList<string> Urls { get; init; } = ["http://127.0.0.1:8080"];

    /// <summary>Where administration listens, when it has addresses of its own. Read at start only.</summary>
    public IReadOnlyList<string> ManagementUrls { get; init; } = [];

    /// <summary>Empty: made at first start and kept in <see cref="DataDirectory"/>.</summary>
    public string AdminKey { get; init; } = "";

    /// <summary>A key that may only read <c>/metrics</c>. Empty: none.</summary>
    public string MetricsKey { get; init; } = "";

    public bool RequireKeys { get; init; }

    public bool Anonymous { get; init; }

    /// <summary>Host names served; empty: those of <see cref="Urls"/> and localhost.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>Browser origins allowed; empty: none but our own.</summary>
    public IReadOnlyList<string> Origins { get; init; } = [];

    /// <summary>Largest request body in bytes. Default 20,000,000.</summary>
    public long MaxRequestBytes { get; init; } = 20_000_000;

    /// <summary>Where the admin key and spilled data live. Default <c>data</c>. Read at start only.</summary>
    public string DataDirectory { get; init; } = "data";

    public ShutdownOptions Shutdown { get; init; } = new();
}

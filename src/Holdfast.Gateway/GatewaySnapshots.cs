using Holdfast.Gateway.Admission;
using Holdfast.Gateway.Configuration;
using Holdfast.Gateway.Health;
using Holdfast.Gateway.Modes;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Routing;
using Holdfast.Gateway.Security;

namespace Holdfast.Gateway;

/// <summary>
/// Builds a snapshot from each configuration and swaps it by one write. A call that has begun keeps what it read; the
/// breakers, cool-downs and keys live on in the states behind the snapshots.
/// </summary>
internal sealed class GatewaySnapshots
{
    private readonly TargetStates _targets;
    private readonly KeyStates _keys;
    private readonly TargetMonitor _health;
    private readonly GatewayAdmission _admission;
    private readonly TargetComponents _components;
    private readonly ModeRestriction _restriction;
    private readonly string _adminKey;
    private readonly ServerOptions _started;
    private volatile GatewaySnapshot _current;

    public GatewaySnapshots(
        ConfigurationHolder configuration, TargetStates targets, KeyStates keys, TargetMonitor health,
        GatewayAdmission admission, TargetComponents components, ModeRestriction restriction, GatewaySettings settings)
    {
        _admission = admission;
        _targets = targets;
        _keys = keys;
        (_health, _components, _restriction) = (health, components, restriction);
        _adminKey = settings.AdminKey;
        _started = settings.Options.Server;
        _current = Build(configuration.Current);
        targets.CircuitChanged += (state, _) => _health.CircuitChanged(state.Provider, state.Model);
        Watch(configuration.Current);
        configuration.OnChanged(changed =>
        {
            _current = Build(changed);
            Watch(changed);
        });
    }

    public GatewaySnapshot Current => _current;

    /// <summary>Health and mode go on with what is configured now; what they know stays.</summary>
    private void Watch(ConfigurationSnapshot configuration)
    {
        _health.Watch(WatchedTargets.Of(_current.Routes));
        _components.Use(configuration.Options.Modes);
        _restriction.Use(configuration.Options.Modes);
    }

    private GatewaySnapshot Build(ConfigurationSnapshot configuration)
    {
        var options = configuration.Options;
        // Where it listens is decided at start, perhaps over the file's word; which names it serves follows from that.
        var server = options.Server with { Urls = _started.Urls, ManagementUrls = _started.ManagementUrls };
        var admin = options.Server.AdminKey.Length > 0 ? options.Server.AdminKey : _adminKey;
        var secrets = options.Providers.SelectMany(provider => provider.ApiKeys.Concat(provider.Headers.Values))
            .Append(admin).Append(options.Server.MetricsKey);
        _admission.Configure(options.Limits);
        return new GatewaySnapshot(
            server,
            RouteTable.Build(options.Providers, options.Models, _targets, _keys, configuration.LoadedAt),
            new HostPolicy(server),
            new AccessPolicy(server, admin),
            new Redaction(secrets));
    }
}

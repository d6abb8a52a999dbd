using System.Collections.Frozen;
using Holdfast.Admission;
using Holdfast.Failover;
using Holdfast.Gateway.Admission;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Validation;
using Holdfast.Retrying;

namespace Holdfast.Gateway.Routing;

/// <summary>
/// All routes of one configuration: immutable, read once by each call. Breakers, cool-downs and keys live in the
/// states that the tables of successive configurations share.
/// </summary>
internal sealed class RouteTable
{
    public static readonly RouteTable Empty = new(FrozenDictionary<string, Route>.Empty,
        [], [], new TargetStates(TimeProvider.System), default);

    private readonly FrozenDictionary<string, Route> _routes;
    private readonly FrozenDictionary<string, Provider> _providers;
    private readonly TargetStates _states;
    private readonly Func<ProviderOptions, string, TargetState> _direct;

    private RouteTable(FrozenDictionary<string, Route> routes, IReadOnlyList<Provider> providers,
        IReadOnlyList<Route> ordered, TargetStates states, DateTimeOffset builtAt)
    {
        _routes = routes;
        _providers = providers.ToFrozenDictionary(provider => provider.Name, StringComparer.Ordinal);
        _states = states;
        _direct = states.Direct;
        Providers = providers;
        Routes = ordered;
        BuiltAt = builtAt;
    }

    /// <summary>In the order of the configuration.</summary>
    public IReadOnlyList<Route> Routes { get; }

    public DateTimeOffset BuiltAt { get; }

    /// <summary>In the order of the configuration.</summary>
    public IReadOnlyList<Provider> Providers { get; }

    /// <summary>Builds the table; the options have been validated.</summary>
    public static RouteTable Build(IReadOnlyList<ProviderOptions> providers, IReadOnlyList<RouteOptions> routes,
        TargetStates states, KeyStates keys, DateTimeOffset now)
    {
        Provider[] built = [.. providers.Select(options => new Provider(options, keys.RingFor(options)))];
        var byName = built.ToFrozenDictionary(provider => provider.Name, StringComparer.Ordinal);
        var queues = routes.SelectMany(route => route.Targets)
            .GroupBy(target => (target.Provider, target.Model), target => target.Queue)
            .ToDictionary(target => target.Key, target => target.Aggregate(StrictestLimits.Of));
        var ordered = routes.Select(options => BuildRoute(options, byName, states, queues)).ToArray();
        var targets = ordered.SelectMany(route => route.Targets);
        states.KeepOnly(
            targets.Select(target => (target.Provider.Name, target.Model)).ToHashSet(),
            byName.Keys.ToHashSet(StringComparer.Ordinal));
        keys.KeepOnly(providers);
        return new RouteTable(ordered.ToFrozenDictionary(route => route.Name, StringComparer.Ordinal), built, ordered,
            states, now);
    }

    /// <summary>
    /// The route of a configured name, or a route of one target for <c>provider/model</c>; else null.
    /// </summary>
    public Route? Find(string model) => Find(model, _direct);

    /// <summary>The same for looking only: a target that nobody has addressed yet gets no state that is kept.</summary>
    public Route? Look(string model) => Find(model, _states.Look);

    private Route? Find(string model, Func<ProviderOptions, string, TargetState> direct)
    {
        if (_routes.TryGetValue(model, out var route))
        {
            return route;
        }

        var slash = model.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0 || slash == model.Length - 1 || !_providers.TryGetValue(model[..slash], out var provider))
        {
            return null;
        }

        var upstream = model[(slash + 1)..];
        var options = provider.Options;
        var target = new Target(
            provider, upstream, options.Weight, options.Retry, options.Timeouts, direct(options, upstream))
        {
            IsProtected = options.Reliability,
        };
        return new Route(model, [target], Budget(options.Retry, options.Reliability), options.Timeouts.Call)
        {
            IsConfigured = target.State.IsConfigured,
        };
    }

    private static Route BuildRoute(RouteOptions options, FrozenDictionary<string, Provider> providers,
        TargetStates states, Dictionary<(string, string), AdmissionOptions> queues)
    {
        // A stable sort: ties stay in the order of the list.
        var targets = options.Targets.OrderBy(target => target.Priority).Select(target =>
        {
            var provider = providers[target.Provider];
            return new Target(provider, target.Model, target.Weight, target.Retry, target.Timeouts,
                states.Configured(provider.Options, target.Model, queues[(target.Provider, target.Model)]))
            {
                Priority = target.Priority, HealthCheck = target.HealthCheck, IsProtected = options.Reliability,
            };
        }).ToList();
        if (!options.Reliability)
        {
            return new Route(options.Name, [.. targets.Take(1)], Budget(options.Retry, false), options.Timeouts.Call);
        }

        return new Route(options.Name, [.. targets], options.Retry, options.Timeouts.Call)
        {
            Strategy = options.Strategy,
            MaxConcurrent = options.MaxConcurrent,
            Hedge = options.Hedge,
            HedgeBudget = options.Hedge is { } hedge
                ? new HedgeBudget(new HedgeBudgetOptions { MaxShare = hedge.MaxShare }, states.Time)
                : null,
            Validator = options.Validation is { } validation ? new AnswerValidator(validation, states.Time) : null,
            ContinueStreams = options.ContinueStreams && options.Reliability,
            FailoverOn = options.FailoverOn.Count == 0 ? null : options.FailoverOn.ToFrozenSet<Outcome>(),
        };
    }

    private static RetryOptions Budget(RetryOptions retry, bool isProtected) =>
        isProtected ? retry : retry with { MaxRetries = 0 };
}

using Holdfast.Execution;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Holdfast.DependencyInjection;

/// <summary>Adds what Holdfast protects. Made by <see cref="HoldfastRegistration"/>.</summary>
public sealed class HoldfastBuilder
{
    private const string Operations = "Operations";

    // Sections of the extension packages: known here, so that one who doesn't use them may still configure them.
    private static readonly string[] Groups = [Operations, "ChatClients", "EmbeddingGenerators"];

    private readonly List<(string Group, string Name, Action<OptionsSection> Check)> _parts = [];
    private readonly List<Action<ResilientOperations, IServiceProvider>> _operations = [];
    private IConfiguration? _configuration;

    internal HoldfastBuilder(IServiceCollection services) => Services = services;

    /// <summary>The services.</summary>
    public IServiceCollection Services { get; }

    internal IEnumerable<Action<ResilientOperations, IServiceProvider>> Registrations => _operations;

    /// <summary>
    /// Adds an operation: to <see cref="ResilientOperations"/>, and as a <see cref="ResilientOperation{T}"/> with its
    /// name as the key. Its values come from <see cref="HoldfastDefaults"/>, then from <paramref name="configure"/>,
    /// then from <c>Operations:NAME</c>.
    /// </summary>
    /// <typeparam name="T">What it makes.</typeparam>
    /// <param name="name">Its name.</param>
    /// <param name="targets">The places that can do it, the preferred one first.</param>
    /// <param name="configure">Sets what a configuration can't say, as what a good answer is. Null: nothing.</param>
    /// <returns>The same builder.</returns>
    /// <exception cref="ArgumentNullException">Name or targets are null.</exception>
    /// <exception cref="ArgumentException">There is an operation of that name.</exception>
    public HoldfastBuilder AddOperation<T>(string name,
        Func<IServiceProvider, IReadOnlyList<OperationTarget<T>>> targets,
        Func<OperationOptions<T>, OperationOptions<T>>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(targets);
        AddPart(Operations, name, section =>
        {
            foreach (var problem in Read(section).Problems())
                section.Problems.Add($"{section.Place}.{problem}");
        });
        _operations.Add((operations, provider) =>
            operations.Register(name, targets(provider), Read(Part(Operations, name, []))));
        Services.AddKeyedSingleton(
            name, (provider, _) => provider.GetRequiredService<ResilientOperations>().Get<T>(name));
        return this;

        OperationOptions<T> Read(OptionsSection section)
        {
            var defaults = ReadDefaults();
            var options = new OperationOptions<T>
            {
                CircuitBreaker = defaults.CircuitBreaker, Retry = defaults.Retry, Timeouts = defaults.Timeouts,
            };
            return section.Read(configure?.Invoke(options) ?? options);
        }
    }

    /// <summary>
    /// Declares that the configuration may have a part <c>GROUP:NAME</c>; parts that nobody declares are refused. For
    /// packages that extend this one.
    /// </summary>
    /// <param name="group">The group, as <c>ChatClients</c>.</param>
    /// <param name="name">The part's name.</param>
    /// <param name="check">Reads it at start; the problems that it adds to the section fail the start.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The part is declared already, or its name is empty.</exception>
    public void AddPart(string group, string name, Action<OptionsSection> check)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(check);
        if (NamesIn(group).Contains(name, StringComparer.OrdinalIgnoreCase))
            throw new ArgumentException($"{group}.{name}: added already: each name once", nameof(name));
        _parts.Add((group, name, check));
    }

    /// <summary>A part of the configuration, there or not.</summary>
    /// <param name="group">The group.</param>
    /// <param name="name">The part's name.</param>
    /// <param name="problems">Gets what is wrong with it.</param>
    public OptionsSection Part(string group, string name, ICollection<string> problems) =>
        Root(problems).Child(group).Child(name);

    /// <summary>What the configuration says in <c>Defaults</c>.</summary>
    public HoldfastDefaults ReadDefaults() => Root([]).Child("Defaults").Read(new HoldfastDefaults());

    /// <summary>Throws when the configuration has problems. Whatever is built from it asks first.</summary>
    /// <exception cref="OptionsValidationException">There are problems; all are named.</exception>
    public void ThrowIfMisconfigured()
    {
        if (Problems() is { Count: > 0 } problems)
            throw new OptionsValidationException("Holdfast", typeof(HoldfastAtStart), problems);
    }

    /// <summary>What the configuration says of circuits by name, in <c>Circuits</c>.</summary>
    internal IEnumerable<(string Name, CircuitBreaking.CircuitBreakerOptions Options)> ReadCircuits(
        ICollection<string> problems)
    {
        var circuits = Root(problems).Child("Circuits");
        foreach (var name in circuits.Keys)
            yield return (name, circuits.Child(name).Read(ReadDefaults().CircuitBreaker));
    }

    internal void Use(IConfiguration configuration)
    {
        if (_configuration is not null)
            throw new InvalidOperationException("Holdfast has its configuration already: it is given once");
        _configuration = configuration;
    }

    /// <summary>Everything that is wrong with the whole configuration.</summary>
    internal IReadOnlyList<string> Problems()
    {
        var problems = new List<string>();
        var root = Root(problems);
        root.Allow(["Defaults", "Circuits", .. Groups.Union(_parts.Select(part => part.Group))]);
        var defaults = root.Child("Defaults");
        foreach (var problem in defaults.Read(new HoldfastDefaults()).Problems())
            problems.Add($"{defaults.Place}.{problem}");
        foreach (var (name, options) in ReadCircuits(problems))
            problems.AddRange(options.Problems().Select(problem => $"{root.Place}.Circuits.{name}.{problem}"));
        foreach (var group in Groups.Union(_parts.Select(part => part.Group)).Append(Operations).Distinct())
            root.Child(group).Allow([.. NamesIn(group)]);
        foreach (var (group, name, check) in _parts)
            check(root.Child(group).Child(name));
        return problems;
    }

    private IEnumerable<string> NamesIn(string group) =>
        _parts.Where(part => part.Group == group).Select(part => part.Name);

    private OptionsSection Root(ICollection<string> problems) => new(
        _configuration, (_configuration as IConfigurationSection)?.Path.Replace(':', '.') ?? "", problems);
}

using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Holdfast.Execution;

/// <summary>Operations by name, with everything that protects them. Thread-safe; one for a program is usual.</summary>
/// <param name="time">For every wait, limit and moment.</param>
/// <param name="random">Seeds jitter and draws.</param>
/// <param name="logger">Where events go. Null, the default: nowhere.</param>
/// <exception cref="ArgumentNullException">Clock or random are null.</exception>
public sealed class ResilientOperations(TimeProvider time, Random random, ILogger? logger = null)
{
    private readonly ConcurrentDictionary<string, IResilientOperation> _operations = new(StringComparer.Ordinal);
    private readonly TimeProvider _time = time ?? throw new ArgumentNullException(nameof(time));
    private readonly Random _seeds = random ?? throw new ArgumentNullException(nameof(random));

    /// <summary>Registers an operation.</summary>
    /// <typeparam name="T">What it makes.</typeparam>
    /// <param name="name">Its name. Appears in errors and metrics.</param>
    /// <param name="targets">The places that can do it, the preferred one first. At least one, none twice.</param>
    /// <param name="options">What protects it. Null: the defaults.</param>
    /// <exception cref="ArgumentNullException">Name or targets are null.</exception>
    /// <exception cref="ArgumentException">
    /// The name is taken, there is no target, two have one name, a weight is negative, or an option is out of range:
    /// everything that is wrong is in the one message.
    /// </exception>
    public ResilientOperation<T> Register<T>(
        string name, IReadOnlyList<OperationTarget<T>> targets, OperationOptions<T>? options = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(targets);
        options ??= new OperationOptions<T>();
        var problems = options.Problems().Concat(Problems(targets)).ToList();
        if (problems.Count > 0)
            throw new ArgumentException($"{name}: {string.Join("; ", problems)}", nameof(options));
        int seed;
        lock (_seeds)
            seed = _seeds.Next();
        var operation = new ResilientOperation<T>(name, [.. targets], options, _time, seed, logger);
        if (!_operations.TryAdd(name, operation))
            throw new ArgumentException($"{name}: registered already: each name once", nameof(name));
        return operation;
    }

    /// <summary>Runs an operation. See <see cref="ResilientOperation{T}.ExecuteAsync"/> for what it throws.</summary>
    /// <typeparam name="T">What it makes.</typeparam>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Struck when nobody waits for the answer any more.</param>
    /// <exception cref="KeyNotFoundException">There is no such operation.</exception>
    /// <exception cref="InvalidOperationException">It makes something else.</exception>
    public ValueTask<ExecutionResult<T>> ExecuteAsync<T>(string name, CancellationToken cancellationToken = default) =>
        Get<T>(name).ExecuteAsync(cancellationToken);

    /// <summary>A registered operation.</summary>
    /// <typeparam name="T">What it makes.</typeparam>
    /// <param name="name">Its name.</param>
    /// <exception cref="KeyNotFoundException">There is no such operation.</exception>
    /// <exception cref="InvalidOperationException">It makes something else.</exception>
    public ResilientOperation<T> Get<T>(string name) => Find(name) as ResilientOperation<T>
        ?? throw new InvalidOperationException($"{name}: it doesn't make a {typeof(T).Name}");

    /// <summary>How one operation does now.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="KeyNotFoundException">There is no such operation.</exception>
    public OperationHealth GetHealth(string name) => Find(name).GetHealth();

    /// <summary>How all of them do now, by name.</summary>
    public IReadOnlyList<OperationHealth> GetHealth() =>
        [.. _operations.Values.OrderBy(operation => operation.Name, StringComparer.Ordinal)
            .Select(operation => operation.GetHealth())];

    /// <summary>See <see cref="IResilientOperation.SelfTestAsync"/>.</summary>
    /// <param name="name">The operation's name.</param>
    /// <param name="cancellationToken">Ends the test.</param>
    /// <exception cref="KeyNotFoundException">There is no such operation.</exception>
    public Task<SelfTestReport> SelfTestAsync(string name, CancellationToken cancellationToken = default) =>
        Find(name).SelfTestAsync(cancellationToken);

    private static IEnumerable<string> Problems<T>(IReadOnlyList<OperationTarget<T>> targets)
    {
        if (targets.Count == 0)
            yield return "targets: none: at least one";
        foreach (var twice in targets.GroupBy(target => target.Name).Where(group => group.Count() > 1))
            yield return $"targets: '{twice.Key}' {twice.Count()} times: each name once";
        foreach (var target in targets.Where(target => !(target.Weight >= 0 && double.IsFinite(target.Weight))))
            yield return FormattableString.Invariant($"targets.{target.Name}.weight: {target.Weight}: 0 or more");
    }

    private IResilientOperation Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _operations.TryGetValue(name, out var operation)
            ? operation
            : throw new KeyNotFoundException(
                $"operation '{name}': not registered ({string.Join(", ", _operations.Keys.Order())})");
    }
}

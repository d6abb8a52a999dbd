using System.Collections;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Holdfast.CircuitBreaking;

/// <summary>
/// Circuit breakers by name, made when first asked for. Names are compared ordinally. The registry is bounded, because
/// names sometimes come from outside. Thread-safe; enumerating gives the breakers of about now, in no order.
/// </summary>
public sealed class CircuitRegistry : IReadOnlyCollection<CircuitBreaker>
{
    private readonly ConcurrentDictionary<string, CircuitBreaker> _breakers = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly CircuitBreakerOptions _defaults;
    private readonly TimeProvider _time;

    /// <summary>Makes an empty registry.</summary>
    /// <param name="defaults">The options of breakers that are asked for without any.</param>
    /// <param name="time">The clock of all breakers.</param>
    /// <param name="capacity">The most breakers it holds. At least 1. Default 10,000.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentException">The options have <see cref="CircuitBreakerOptions.Problems"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is below 1.</exception>
    public CircuitRegistry(CircuitBreakerOptions defaults, TimeProvider time, int capacity = 10_000)
    {
        ArgumentNullException.ThrowIfNull(defaults);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        var problems = string.Join("; ", defaults.Problems());
        if (problems.Length != 0)
            throw new ArgumentException(problems, nameof(defaults));
        _defaults = defaults;
        _time = time;
        Capacity = capacity;
    }

    /// <summary>
    /// Raised once for each new breaker, before anybody gets it and under the registry's lock: the place to listen to
    /// its <see cref="CircuitBreaker.StateChanged"/>. Must not throw and must not call the registry.
    /// </summary>
    public event Action<CircuitBreaker>? Created;

    /// <summary>The most breakers it holds.</summary>
    public int Capacity { get; }

    /// <inheritdoc/>
    public int Count => _breakers.Count;

    /// <summary>The breaker of that name, made now when there is none.</summary>
    /// <param name="name">The name.</param>
    /// <param name="options">
    /// The options of a new breaker; null = the registry's defaults. A breaker that is there already keeps its own.
    /// </param>
    /// <exception cref="ArgumentNullException">The name is null.</exception>
    /// <exception cref="ArgumentException">The options have <see cref="CircuitBreakerOptions.Problems"/>.</exception>
    /// <exception cref="InvalidOperationException">The name is new and the registry is full.</exception>
    public CircuitBreaker GetOrCreate(string name, CircuitBreakerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (_breakers.TryGetValue(name, out var breaker))
            return breaker;
        lock (_gate)
        {
            if (_breakers.TryGetValue(name, out breaker))
                return breaker;
            if (_breakers.Count >= Capacity)
                throw new InvalidOperationException($"circuit '{name}': the registry is full: at most {Capacity}");
            breaker = new CircuitBreaker(name, options ?? _defaults, _time);
            Created?.Invoke(breaker);
            _breakers[name] = breaker;
            return breaker;
        }
    }

    /// <summary>Looks for a breaker without making one.</summary>
    /// <param name="name">The name.</param>
    /// <param name="breaker">The breaker, or null.</param>
    /// <exception cref="ArgumentNullException">The name is null.</exception>
    public bool TryGet(string name, [NotNullWhen(true)] out CircuitBreaker? breaker) =>
        _breakers.TryGetValue(name, out breaker);

    /// <summary>Forgets a breaker. Permits it gave stay harmless.</summary>
    /// <param name="name">The name.</param>
    /// <returns>Whether it was there.</returns>
    /// <exception cref="ArgumentNullException">The name is null.</exception>
    public bool Remove(string name)
    {
        lock (_gate)
            return _breakers.TryRemove(name, out _);
    }

    /// <inheritdoc/>
    public IEnumerator<CircuitBreaker> GetEnumerator()
    {
        foreach (var entry in _breakers)
            yield return entry.Value;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

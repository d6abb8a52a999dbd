using Holdfast.CircuitBreaking;

namespace Holdfast.Tests.CircuitBreaking;

public class CircuitRegistryTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Gives_the_same_breaker_for_the_same_name()
    {
        var registry = new CircuitRegistry(new(), _time);

        var first = registry.GetOrCreate("a");
        var again = registry.GetOrCreate("a", new() { FailureThreshold = 1 });

        Assert.Same(first, again);
        Assert.Equal(5, again.Options.FailureThreshold);
        Assert.NotSame(first, registry.GetOrCreate("A"));
    }

    [Fact]
    public void Makes_one_breaker_though_many_threads_ask()
    {
        var registry = new CircuitRegistry(new(), _time);
        var created = 0;
        registry.Created += _ => created++;

        var made = Enumerable.Range(0, 1000).AsParallel().Select(i => registry.GetOrCreate($"{i % 3}")).ToHashSet();

        Assert.Equal(3, made.Count);
        Assert.Equal(3, created);
    }

    [Fact]
    public void Refuses_a_new_name_when_full()
    {
        var registry = new CircuitRegistry(new(), _time, capacity: 1);
        registry.GetOrCreate("a");

        Assert.Throws<InvalidOperationException>(() => registry.GetOrCreate("b"));

        Assert.NotNull(registry.GetOrCreate("a"));
        Assert.Equal((1, 1), (registry.Count, registry.Capacity));
        Assert.Equal(["a"], registry.Select(breaker => breaker.Name));
    }

    [Fact]
    public void Forgets_a_removed_breaker()
    {
        var registry = new CircuitRegistry(new(), _time);
        registry.GetOrCreate("a");

        Assert.True(registry.Remove("a"));

        Assert.False(registry.TryGet("a", out _));
        Assert.Empty(registry);
    }

    [Fact]
    public void Gives_a_new_breaker_the_options_it_is_asked_for_with()
    {
        var registry = new CircuitRegistry(new() { FailureThreshold = 7 }, _time);

        Assert.Equal(7, registry.GetOrCreate("a").Options.FailureThreshold);
        Assert.Equal(1, registry.GetOrCreate("b", new() { FailureThreshold = 1 }).Options.FailureThreshold);
    }

    [Fact]
    public void Refuses_defaults_with_problems_and_names_them_all()
    {
        var defaults = new CircuitBreakerOptions { FailureThreshold = -1, SuccessThreshold = 0 };

        var exception = Assert.Throws<ArgumentException>(() => new CircuitRegistry(defaults, _time));

        Assert.Contains("failureThreshold: -1: 0 (off) or more", exception.Message);
        Assert.Contains("successThreshold: 0: 1 or more", exception.Message);
    }

    [Fact]
    public void Refuses_what_is_null_and_a_capacity_below_one()
    {
        Assert.Throws<ArgumentNullException>("defaults", () => new CircuitRegistry(null!, _time));
        Assert.Throws<ArgumentNullException>("time", () => new CircuitRegistry(new(), null!));
        Assert.Throws<ArgumentOutOfRangeException>("capacity", () => new CircuitRegistry(new(), _time, 0));
        Assert.Throws<ArgumentNullException>("name", () => new CircuitRegistry(new(), _time).GetOrCreate(null!));
    }

    [Fact]
    public void Enumerates_untyped_too()
    {
        var registry = new CircuitRegistry(new(), _time);
        registry.GetOrCreate("a");

        Assert.Equal(registry.GetOrCreate("a"), Assert.Single((System.Collections.IEnumerable)registry));
    }
}

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
}

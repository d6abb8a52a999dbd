using Holdfast.CircuitBreaking;

namespace Holdfast.Tests.Documentation;

/// <summary>The code of docs/features/CircuitBreaking.md.</summary>
public class CircuitBreakingExamplesTests
{
    private readonly ManualTimeProvider _time = new();
    private Func<Task<string>> _search = () => Task.FromResult("found");

    [Fact]
    public async Task A_breaker_guards_any_operation()
    {
        var breaker = new CircuitBreaker("search", new CircuitBreakerOptions { FailureThreshold = 2 }, _time);

        Assert.Equal("found", await GuardedSearchAsync(breaker, CancellationToken.None));
        _search = () => throw new IOException("away");
        await Assert.ThrowsAsync<IOException>(() => GuardedSearchAsync(breaker, CancellationToken.None));
        await Assert.ThrowsAsync<IOException>(() => GuardedSearchAsync(breaker, CancellationToken.None));

        Assert.Equal(CircuitState.Open, breaker.State);
        await Assert.ThrowsAsync<InvalidOperationException>(() => GuardedSearchAsync(breaker, CancellationToken.None));
    }

    [Fact]
    public async Task A_cancelled_operation_says_nothing_about_its_target()
    {
        var breaker = new CircuitBreaker("search", new CircuitBreakerOptions { FailureThreshold = 1 }, _time);
        _search = () => throw new OperationCanceledException();

        await Assert.ThrowsAsync<OperationCanceledException>(
            () => GuardedSearchAsync(breaker, new CancellationToken(canceled: true)));

        Assert.Equal(CircuitState.Closed, breaker.State);
    }

    [Fact]
    public void A_registry_gives_a_breaker_for_each_name()
    {
        var time = _time;
        var changes = new List<string>();
        void Log(string line) => changes.Add(line);

        #region CircuitRegistry
        var circuits = new CircuitRegistry(new CircuitBreakerOptions(), time);
        circuits.Created += breaker => breaker.StateChanged += (changed, transition) =>
            Log($"{changed.Name}: {transition.From} -> {transition.To} at {transition.At:O}");

        var openai = circuits.GetOrCreate("openai/gpt-4o");
        openai.Isolate();
        openai.Reset();
        #endregion

        Assert.Same(openai, circuits.GetOrCreate("openai/gpt-4o"));
        Assert.Equal(2, changes.Count);
    }

    #region CircuitBreaker
    private async Task<string> GuardedSearchAsync(CircuitBreaker breaker, CancellationToken cancellation)
    {
        if (!breaker.TryAcquire(out var permit))
            throw new InvalidOperationException($"{breaker.Name}: try again in {breaker.RetryAfter}");
        try
        {
            var found = await _search();
            permit.Succeeded();
            return found;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The caller left: that is not the target's failure.
            permit.Abandoned();
            throw;
        }
        catch
        {
            permit.Failed();
            throw;
        }
    }
    #endregion
}

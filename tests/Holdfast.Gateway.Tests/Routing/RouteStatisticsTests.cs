using Holdfast.Failover;
using Holdfast.Gateway.Routing;
using Holdfast.Gateway.Tests.Calls;
using Holdfast.Gateway.Tests.Providers;

namespace Holdfast.Gateway.Tests.Routing;

public sealed class RouteStatisticsTests : IDisposable
{
    private readonly Gateway _gateway = new();
    private readonly RouteStatistics _statistics = new();

    public RouteStatisticsTests() => _gateway.With("a").With("b");

    [Fact]
    public void Of_a_route_without_calls_nothing_is_known() =>
        Assert.Equal(new FallbackSnapshot(0, 0, null, 0, null), _statistics.Of("m"));

    [Fact]
    public async Task Fallback_metrics_count_invocations_successes_and_primary_failures()
    {
        await CallAsync(0, ("a", 200));
        await CallAsync(300, ("a", 500), ("b", 200));
        await CallAsync(100, ("a", 500), ("b", 200));
        await CallAsync(900, ("a", 500), ("b", 500));

        Assert.Equal(new FallbackSnapshot(4, 3, 2 / 3.0, 0.75, TimeSpan.FromMilliseconds(200)), _statistics.Of("m"));
    }

    [Fact]
    public async Task A_primary_that_could_not_be_tried_has_failed()
    {
        _gateway.Build();
        _gateway.Breaker("a").Isolate();

        await CallAsync(50, ("b", 200));

        Assert.Equal(new FallbackSnapshot(1, 1, 1, 1, TimeSpan.FromMilliseconds(50)), _statistics.Of("m"));
    }

    [Fact]
    public async Task A_callers_mistake_and_its_leaving_count_nowhere()
    {
        await CallAsync(0, ("a", 400));
        var call = _gateway.CallAsync();
        await _gateway["a"].RequestAsync();
        await _gateway.Caller.CancelAsync();
        await call;
        Observe(0);

        Assert.Equal(0, _statistics.Of("m").Calls);
    }

    [Fact]
    public async Task A_fallback_whose_stream_is_cut_has_not_succeeded()
    {
        var call = _gateway.CallAsync(ChatCall.Streamed);
        await _gateway.AnswerAsync("a", 500);
        var server = await _gateway["b"].RequestAsync();
        await server.BeginStreamAsync(ClientFixture.Hi);
        using var lease = (await call).Stream!;
        server.Fin();
        using var output = new Holdfast.Gateway.Calls.PooledBuffer();
        await lease.ReadAsync(output).AsTask().SoonAsync();
        Observe(10);

        Assert.Equal(new FallbackSnapshot(1, 1, 0, 1, null), _statistics.Of("m"));
    }

    [Fact]
    public async Task A_race_that_the_first_target_loses_is_no_failure_of_it()
    {
        _gateway.RouteChange = route => route with { Strategy = FailoverStrategy.Parallel };
        var call = _gateway.CallAsync();
        await _gateway["a"].RequestAsync();
        await _gateway.AnswerAsync("b", 200);
        using var answer = (await call).Answer;
        Observe(10);

        Assert.Equal(new FallbackSnapshot(1, 0, null, 0, null), _statistics.Of("m"));
    }

    [Theory]
    [InlineData(200, 0, null, 0)]
    [InlineData(500, 1, 1.0, 1)]
    public async Task A_race_is_a_fallback_only_when_its_first_target_fails(
        int first, long invocations, double? successRate, double primaryFailureRate)
    {
        _gateway.With("c");
        _gateway.RouteChange = route => route with { Strategy = FailoverStrategy.Parallel, MaxConcurrent = 2 };
        for (var i = 0; i < 76; i++)
        {
            var call = _gateway.CallAsync();
            var a = await _gateway["a"].RequestAsync();
            var b = await _gateway["b"].RequestAsync();
            await a.AnswerAsync(first, first == 200 ? ClientFixture.Good : "{}");
            if (first != 200)
            {
                // The race must see the failure first; that it asks for another answer says that it has.
                await _gateway["c"].RequestAsync();
                await b.AnswerAsync(200, ClientFixture.Good);
            }

            using var answer = (await call).Answer;
            Observe(10);
            if (first != 200)
                break;
        }

        var known = _statistics.Of("m");
        Assert.Equal((invocations, successRate, primaryFailureRate),
            (known.Invocations, known.SuccessRate, known.PrimaryFailureRate));
        Assert.Equal(invocations == 1, _gateway.Record.FellBack);
    }

    public void Dispose() => _gateway.Dispose();

    private async Task CallAsync(int milliseconds, params (string Provider, int Status)[] answers)
    {
        var call = _gateway.CallAsync();
        foreach (var (provider, status) in answers)
        {
            await _gateway.AnswerAsync(provider, status);
        }

        using var answer = (await call).Answer;
        Observe(milliseconds);
    }

    private void Observe(int milliseconds)
    {
        _gateway.Record.ModelLabel = "m";
        _gateway.Record.Duration = TimeSpan.FromMilliseconds(milliseconds);
        _statistics.OnCompleted(_gateway.Record);
    }
}

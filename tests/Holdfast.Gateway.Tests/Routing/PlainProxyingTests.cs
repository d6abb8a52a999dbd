using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Tests.Providers;

namespace Holdfast.Gateway.Tests.Routing;

/// <summary><c>reliability: false</c>: the first target takes each call once, and nothing protects it.</summary>
public sealed class PlainProxyingTests : IDisposable
{
    private readonly Gateway _gateway = new()
    {
        Retry = new() { Jitter = false, MaxRetries = 3, BaseDelay = TimeSpan.Zero },
        Circuit = new() { FailureThreshold = 1 },
        RouteChange = route => route with { Reliability = false, Strategy = FailoverStrategy.Fastest },
    };

    [Theory]
    [InlineData(500, "a/x:server_error")]
    [InlineData(429, "a/x:rate_limited")]
    [InlineData(401, "a/x:auth")]
    public async Task A_call_goes_to_the_first_target_once_however_it_ends(int status, string trail)
    {
        var call = _gateway.With("a", "openai", "key-one", "key-two").With("b").CallAsync();
        await _gateway.AnswerAsync("a", status);

        Assert.NotNull((await call).Error);
        Assert.Equal((trail, 1), (_gateway.Trail, _gateway.Record.Sent));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(429)]
    [InlineData(402)]
    [InlineData(401)]
    public async Task What_has_failed_is_called_again_by_the_next_call(int status)
    {
        _gateway.With("a", "openai", "key-one").With("b");
        for (var i = 0; i < 3; i++)
        {
            var call = _gateway.CallAsync();
            await _gateway.AnswerAsync("a", status, null, "retry-after: 30");
            Assert.NotNull((await call).Error);
        }

        var last = _gateway.CallAsync();
        await _gateway.AnswerAsync("a", 200);
        using var answer = (await last).Answer;

        Assert.NotNull(answer);
        Assert.Equal(CircuitState.Closed, _gateway.Breaker("a").State);
    }

    [Fact]
    public async Task An_open_circuit_keeps_no_call_away()
    {
        _gateway.RouteChange = route => route;
        _gateway.Retry = _gateway.Retry with { MaxRetries = 0 };
        var failing = _gateway.With("a").CallAsync();
        await _gateway.AnswerAsync("a", 500);
        await failing;
        Assert.Equal(CircuitState.Open, _gateway.Breaker("a").State);

        _gateway.RouteChange = route => route with { Reliability = false };
        var call = _gateway.CallAsync();
        await _gateway.AnswerAsync("a", 200);
        using var answer = (await call).Answer;

        Assert.NotNull(answer);
        Assert.Equal(CircuitState.Open, _gateway.Breaker("a").State);
    }

    [Fact]
    public async Task A_full_target_keeps_no_call_away()
    {
        _gateway.RouteChange = route => route with
        {
            Reliability = false,
            Targets = [.. route.Targets.Select(target => target with
            {
                Queue = CallLimits.None with { MaxConcurrency = 1, MaxQueueSize = 0 },
            })],
        };
        var first = _gateway.With("a").CallAsync();
        var one = await _gateway["a"].RequestAsync();
        var second = _gateway.CallAsync();
        var other = await _gateway["a"].RequestAsync();

        await one.AnswerAsync(200, ClientFixture.Good);
        await other.AnswerAsync(200, ClientFixture.Good);

        using var answer = (await first).Answer;
        using var another = (await second).Answer;
        Assert.NotNull(answer);
        Assert.NotNull(another);
    }

    [Fact]
    public async Task A_target_that_somebody_isolated_stays_isolated()
    {
        _gateway.With("a").Build();
        _gateway.States.Isolate("a", null);

        var error = (await _gateway.CallAsync()).Error!;

        Assert.Equal((503, 0), (error.Status, _gateway.Record.Sent));
    }

    public void Dispose() => _gateway.Dispose();
}

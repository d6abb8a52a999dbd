using Holdfast.CircuitBreaking;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Tests.Calls;
using Holdfast.Gateway.Tests.Providers;
using Holdfast.Retrying;

namespace Holdfast.Gateway.Tests.Routing;

/// <summary>
/// A caller that leaves: its provider is let go, and the place and the permit come back, at whatever stage. The clock
/// stands still, so what is promised within a second takes none of it.
/// </summary>
public sealed class CallerGoneTests : IDisposable
{
    private readonly Gateway _gateway = new() { Circuit = new CircuitBreakerOptions { FailureThreshold = 1 } };

    public CallerGoneTests() => _gateway.Limit(CallLimits.None with { MaxConcurrency = 1 });

    public void Dispose() => _gateway.Dispose();

    [Theory]
    [InlineData("before the head", ChatCall.Plain)]
    [InlineData("inside the head", ChatCall.Plain)]
    [InlineData("inside the body", ChatCall.Plain)]
    [InlineData("inside an error", ChatCall.Plain)]
    [InlineData("before the head", ChatCall.Streamed)]
    [InlineData("before the first token", ChatCall.Streamed)]
    [InlineData("after the first token", ChatCall.Streamed)]
    [InlineData("inside an event", ChatCall.Streamed)]
    public async Task The_upstream_is_closed_and_permit_and_place_come_back(string stage, string body)
    {
        _gateway.With("a");
        await OpenAsync();
        var call = _gateway.CallAsync(body);
        var server = await _gateway["a"].RequestAsync();
        await server.SendAsync(stage switch
        {
            "inside the head" => "HTTP/1.1 200 OK\r\ncontent-",
            "inside the body" => "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{",
            "inside an error" => "HTTP/1.1 503 X\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{",
            "before the first token" => ScriptedConnection.StreamHead + ClientFixture.Role,
            "after the first token" => ScriptedConnection.StreamHead + ClientFixture.Hi,
            "inside an event" => ScriptedConnection.StreamHead + ClientFixture.Hi + "data: {\"choices\":[",
            _ => "",
        });
        if (stage is "after the first token" or "inside an event")
        {
            await LeaveStreamAsync((await call).Stream!);
        }
        else
        {
            await _gateway.Caller.CancelAsync();
            await call;
        }

        await server.ClosedAsync();
        AssertNothingIsLeft();
    }

    [Fact]
    public async Task A_caller_that_leaves_between_two_attempts_leaves_nothing_behind()
    {
        _gateway.Retry = new RetryOptions { MaxRetries = 3, Jitter = false };
        _gateway.Circuit = new CircuitBreakerOptions();
        _gateway.With("a");
        var call = _gateway.CallAsync();
        await _gateway.AnswerAsync("a", 500);
        await _gateway.Time.WhenTimerAsync(TimeSpan.FromSeconds(1));

        await _gateway.Caller.CancelAsync();

        Assert.Equal(499, (await call).Error!.Status);
        Assert.Equal(0, _gateway.States.All.Single().Admission.GetStatus()!.Running);
        Assert.Equal("a/x:server_error", _gateway.Trail);
    }

    private async Task LeaveStreamAsync(Holdfast.Gateway.Routing.AttemptLease lease)
    {
        using var output = new PooledBuffer();
        var reading = lease.ReadAsync(output).AsTask();
        await _gateway.Caller.CancelAsync();
        while (await reading.SoonAsync() == StreamStep.More)
        {
            reading = lease.ReadAsync(output).AsTask();
        }

        lease.Dispose();
        Assert.Equal(Outcome.Cancelled, _gateway.Record.Outcome);
    }

    /// <summary>Opens the circuit and lets its recovery time pass: the next call is its only probe.</summary>
    private async Task OpenAsync()
    {
        var failed = _gateway.CallAsync();
        await _gateway.AnswerAsync("a", 500);
        await failed;
        _gateway.Recover("a");
    }

    private void AssertNothingIsLeft()
    {
        var breaker = _gateway.Breaker("a");
        Assert.Equal((CircuitState.HalfOpen, true, 1),
            (breaker.State, breaker.IsAvailable, (int)breaker.GetStatus().FailureCount));
        Assert.Equal(0, _gateway.States.All.Single().Admission.GetStatus()!.Running);
        Assert.StartsWith("a/x:cancelled", _gateway.Trail, StringComparison.Ordinal);
    }
}

using System.Text;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Routing;
using Holdfast.Gateway.Tests.Calls;
using Holdfast.Gateway.Tests.Providers;
using Holdfast.Timeouts;

namespace Holdfast.Gateway.Tests.Routing;

/// <summary>Each limit at its target, through the whole of a call.</summary>
public sealed class TimeoutLimitTests : IDisposable
{
    private readonly Gateway _gateway = new();

    public void Dispose() => _gateway.Dispose();

    [Fact]
    public async Task The_first_token_limit_sends_a_silent_stream_to_the_next_target()
    {
        Limit("a", new TimeoutOptions { FirstToken = TimeSpan.FromSeconds(20) });
        _gateway.With("a").With("b");
        var call = _gateway.CallAsync(ChatCall.Streamed);
        var silent = await _gateway["a"].RequestAsync();
        await silent.BeginStreamAsync(ClientFixture.Role, ": still here\n\n");

        _gateway.Time.Advance(TimeSpan.FromSeconds(20));
        await (await _gateway["b"].RequestAsync()).BeginStreamAsync(ClientFixture.Hi);

        using var lease = (await call).Stream!;
        await silent.ClosedAsync();
        Assert.Equal("b", lease.Target.Provider.Name);
        Assert.StartsWith("a/x:timeout", _gateway.Trail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_attempt_limit_sends_a_plain_call_to_the_next_target()
    {
        Limit("a", new TimeoutOptions { Attempt = TimeSpan.FromSeconds(30) });
        _gateway.With("a").With("b");
        var call = _gateway.CallAsync();
        var silent = await _gateway["a"].RequestAsync();
        _gateway.Time.Advance(TimeSpan.FromSeconds(30));
        await _gateway.AnswerAsync("b", 200);

        (await call).Answer!.Dispose();

        await silent.ClosedAsync();
        Assert.Equal("a/x:timeout,b/x:ok", _gateway.Trail);
    }

    [Fact]
    public async Task A_reasoning_models_long_silence_is_its_targets_own_to_allow()
    {
        Limit("a", new TimeoutOptions
        {
            FirstToken = TimeSpan.FromMinutes(8), Attempt = TimeSpan.FromMinutes(8), Idle = TimeSpan.FromMinutes(1.5),
        });
        _gateway.With("a").With("b");
        var call = _gateway.CallAsync(ChatCall.Streamed);
        var thinking = await _gateway["a"].RequestAsync();
        _gateway.Time.Advance(TimeSpan.FromMinutes(7.9));
        await thinking.BeginStreamAsync(ClientFixture.Hi);
        using var lease = (await call).Stream!;
        using var output = new PooledBuffer();
        var reading = lease.ReadAsync(output).AsTask();

        _gateway.Time.Advance(TimeSpan.FromMinutes(1.4));
        await thinking.SendAsync(ClientFixture.Stop + ClientFixture.Done);

        Assert.Equal(StreamStep.Complete, await EndAsync(lease, reading, output));
        Assert.Equal("a/x:ok", _gateway.Trail);
    }

    [Fact]
    public async Task Another_target_of_the_same_route_keeps_its_own_patience()
    {
        Limit("a", new TimeoutOptions { FirstToken = TimeSpan.FromMinutes(8), Attempt = TimeSpan.FromMinutes(8) });
        _gateway.With("a").With("b");
        var call = _gateway.CallAsync(ChatCall.Streamed);
        await _gateway.AnswerAsync("a", 500);
        var silent = await _gateway["b"].RequestAsync();

        _gateway.Time.Advance(new TimeoutOptions().FirstToken);

        Assert.Equal(502, (await call).Error!.Status);
        await silent.ClosedAsync();
        Assert.Equal("a/x:server_error,b/x:timeout", _gateway.Trail);
    }

    [Fact]
    public async Task Comments_pass_on_to_the_caller_and_do_not_feed_the_idle_clock()
    {
        Limit("a", new TimeoutOptions { Idle = TimeSpan.FromSeconds(60) });
        _gateway.With("a");
        var (server, lease) = await StreamAsync();
        using var output = new PooledBuffer();
        for (var i = 0; i < 5; i++)
        {
            _gateway.Time.Advance(TimeSpan.FromSeconds(10));
            await server.SendAsync(": waiting\n\n");
            Assert.Equal(StreamStep.More, await lease.ReadAsync(output).AsTask().SoonAsync());
        }

        var reading = lease.ReadAsync(output).AsTask();
        _gateway.Time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(StreamStep.Broken, await reading.SoonAsync());
        Assert.Contains("idle timeout", lease.Fault!.Message, StringComparison.Ordinal);
        Assert.Equal(5, Encoding.UTF8.GetString(output.WrittenSpan).Split(": waiting\n\n").Length - 1);
        lease.Dispose();
        await server.ClosedAsync();
    }

    [Fact]
    public async Task A_stream_below_the_minimum_throughput_is_cut()
    {
        Limit("a", new TimeoutOptions { MinThroughput = 10 });
        _gateway.With("a");
        var (server, lease) = await StreamAsync();
        using var output = new PooledBuffer();
        var step = StreamStep.More;
        var seconds = 0;
        while (step == StreamStep.More)
        {
            // Two characters a second.
            await server.SendAsync(ClientFixture.Hi);
            Assert.Equal(StreamStep.More, await lease.ReadAsync(output).AsTask().SoonAsync());
            var reading = lease.ReadAsync(output).AsTask();
            _gateway.Time.Advance(TimeSpan.FromSeconds(1));
            seconds++;
            if (seconds < 10)
            {
                await server.SendAsync(": \n\n");
            }

            step = await reading.SoonAsync();
        }

        Assert.Equal((10, StreamStep.Broken), (seconds, step));
        Assert.Contains("minimum throughput", lease.Fault!.Message, StringComparison.Ordinal);
        lease.Dispose();
    }

    [Fact]
    public async Task The_calls_limit_ends_a_stream_however_lively_it_is()
    {
        _gateway.RouteChange = route => route with
        {
            Timeouts = new TimeoutOptions { Call = TimeSpan.FromSeconds(90) },
        };
        _gateway.With("a");
        var (server, lease) = await StreamAsync();
        using var output = new PooledBuffer();
        _gateway.Time.Advance(TimeSpan.FromSeconds(50));
        await server.SendAsync(ClientFixture.Hi);
        Assert.Equal(StreamStep.More, await lease.ReadAsync(output).AsTask().SoonAsync());

        var reading = lease.ReadAsync(output).AsTask();
        _gateway.Time.Advance(TimeSpan.FromSeconds(40));

        Assert.Equal(StreamStep.Broken, await reading.SoonAsync());
        lease.Dispose();
        Assert.Equal(0, _gateway.Breaker("a").GetStatus().FailureCount);
    }

    private static async Task<StreamStep> EndAsync(
        AttemptLease lease, Task<StreamStep> reading, PooledBuffer output)
    {
        var step = await reading.SoonAsync();
        while (step == StreamStep.More)
        {
            step = await lease.ReadAsync(output).AsTask().SoonAsync();
        }

        return step;
    }

    private async Task<(ScriptedConnection Server, AttemptLease Lease)> StreamAsync()
    {
        var call = _gateway.CallAsync(ChatCall.Streamed);
        var server = await _gateway["a"].RequestAsync();
        await server.BeginStreamAsync(ClientFixture.Hi);
        return (server, (await call).Stream!);
    }

    private void Limit(string provider, TimeoutOptions limits) => _gateway.RouteChange = route => route with
    {
        Targets =
        [
            .. route.Targets.Select(target =>
                target.Provider == provider ? target with { Timeouts = limits } : target),
        ],
    };
}

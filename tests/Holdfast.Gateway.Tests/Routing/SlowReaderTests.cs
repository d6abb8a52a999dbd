using Holdfast.Admission;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Tests.Calls;
using Holdfast.Gateway.Tests.Providers;

namespace Holdfast.Gateway.Tests.Routing;

/// <summary>What a caller that reads its stream slowly does not do to the target.</summary>
public sealed class SlowReaderTests : IDisposable
{
    // After so many calls an adaptive limit of ten looks whether to move.
    private const int Round = 10;

    private readonly Gateway _gateway = new()
    {
        RouteChange = route => route with
        {
            Targets =
            [
                .. route.Targets.Select(target => target with
                {
                    Queue = CallLimits.None with { MaxConcurrency = 10, Adaptive = new AdaptiveConcurrencyOptions() },
                }),
            ],
        },
    };

    [Theory]
    [InlineData(true, 10)]
    [InlineData(false, 9)]
    public async Task An_adaptive_limit_goes_down_for_a_slow_provider_and_not_for_a_slow_reader(
        bool isReader, int limit)
    {
        _gateway.With("a");
        for (var i = 0; i < 3 * Round; i++)
        {
            await StreamAsync(TimeSpan.FromSeconds(1), isReader: false);
        }

        for (var i = 0; i < Round; i++)
        {
            await StreamAsync(TimeSpan.FromSeconds(30), isReader);
        }

        var status = _gateway.States.All.Single().Admission.GetStatus()!;
        Assert.Equal((limit, 0, 1.0), (status.MaxConcurrency, status.Running, status.SuccessRate));
    }

    public void Dispose() => _gateway.Dispose();

    private async Task StreamAsync(TimeSpan takes, bool isReader)
    {
        var call = _gateway.CallAsync(ChatCall.Streamed);
        var server = await _gateway["a"].RequestAsync();
        await server.BeginStreamAsync(ClientFixture.Hi);
        using var lease = (await call).Stream!;
        if (isReader)
        {
            lease.Pause();
        }

        _gateway.Time.Advance(takes);
        lease.Resume();
        await server.SendAsync(ClientFixture.Stop + ClientFixture.Done);
        using var output = new PooledBuffer();
        while (await lease.ReadAsync(output).AsTask().SoonAsync() == StreamStep.More)
        {
        }
    }
}

using Holdfast.Retrying;

namespace Holdfast.Tests.Documentation;

/// <summary>The code of docs/features/Retrying.md.</summary>
public class RetryingExamplesTests
{
    [Fact]
    public void A_wait_is_the_backoff_or_the_servers_longer_delay()
    {
        var seed = 7;
        var now = ManualTimeProvider.Epoch;
        var header = "5";

        #region Backoff
        var options = new RetryOptions { BaseDelay = TimeSpan.FromSeconds(1), Jitter = false };
        var backoff = new Backoff(new Random(seed));

        var first = backoff.Delay(options, repeat: 0, serverDelay: null);
        var third = backoff.Delay(options, repeat: 2, serverDelay: null);

        TimeSpan? asked = RetryDelay.TryParseRetryAfter(header, now, out var delay) ? delay : null;
        var patient = backoff.Delay(options, repeat: 0, asked);
        #endregion

        Assert.Equal(TimeSpan.FromSeconds(1), first);
        Assert.Equal(TimeSpan.FromSeconds(4), third);
        Assert.Equal(TimeSpan.FromSeconds(5), patient);
    }
}

using Holdfast.CircuitBreaking;

namespace Holdfast.Tests.CircuitBreaking;

public class CircuitBreakerOptionsTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromTicks(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    [Fact]
    public void Values_at_both_ends_of_their_range_are_allowed()
    {
        CircuitBreakerOptions lowest = new()
        {
            FailureThreshold = 0,
            WindowThreshold = 0,
            FailureRatio = 0,
            MinimumCalls = 2,
            MonitoringPeriod = TimeSpan.FromMilliseconds(100),
            RecoveryTimeout = Tick,
            MaxRecoveryTime = Tick,
            SuccessThreshold = 1,
            HalfOpenProbes = 1,
            PermitLifetime = Tick,
        };
        CircuitBreakerOptions highest = new()
        {
            FailureRatio = 1,
            MonitoringPeriod = Day,
            RecoveryTimeout = Day,
            MaxRecoveryTime = Day,
            HalfOpenProbes = 1000,
            PermitLifetime = Day,
        };

        Assert.Empty(new CircuitBreakerOptions().Problems());
        Assert.Empty(lowest.Problems());
        Assert.Empty(highest.Problems());
    }

    [Fact]
    public void Values_just_outside_their_range_are_named_with_what_is_allowed()
    {
        (CircuitBreakerOptions Options, string Problem)[] cases =
        [
            (new() { FailureThreshold = -1 }, "failureThreshold: -1: 0 (off) or more"),
            (new() { WindowThreshold = -1 }, "windowThreshold: -1: 0 (off) or more"),
            (new() { FailureRatio = -0.1 }, "failureRatio: -0.1: 0 (off) to 1"),
            (new() { FailureRatio = 1.1 }, "failureRatio: 1.1: 0 (off) to 1"),
            (new() { FailureRatio = double.NaN }, "failureRatio: NaN: 0 (off) to 1"),
            (new() { MinimumCalls = 1 }, "minimumCalls: 1: 2 or more"),
            (new() { MonitoringPeriod = TimeSpan.FromMilliseconds(99) },
                "monitoringPeriod: 00:00:00.0990000: 100 ms to 1 day"),
            (new() { MonitoringPeriod = Day + Tick }, "monitoringPeriod: 1.00:00:00.0000001: 100 ms to 1 day"),
            (new() { RecoveryTimeout = TimeSpan.Zero }, "recoveryTimeout: 00:00:00: more than 0, up to 1 day"),
            (new() { MaxRecoveryTime = TimeSpan.FromSeconds(59) },
                "maxRecoveryTime: 00:00:59: recoveryTimeout (00:01:00) to 1 day"),
            (new() { MaxRecoveryTime = Day + Tick },
                "maxRecoveryTime: 1.00:00:00.0000001: recoveryTimeout (00:01:00) to 1 day"),
            (new() { SuccessThreshold = 0 }, "successThreshold: 0: 1 or more"),
            (new() { HalfOpenProbes = 0 }, "halfOpenProbes: 0: 1 to 1000"),
            (new() { HalfOpenProbes = 1001 }, "halfOpenProbes: 1001: 1 to 1000"),
            (new() { PermitLifetime = TimeSpan.Zero }, "permitLifetime: 00:00:00: more than 0, up to 1 day"),
            (new() { PermitLifetime = Day + Tick }, "permitLifetime: 1.00:00:00.0000001: more than 0, up to 1 day"),
        ];

        Assert.All(cases, it => Assert.Equal([it.Problem], it.Options.Problems()));
    }

    [Fact]
    public void A_recovery_time_of_more_than_a_day_is_refused_whatever_the_cap()
    {
        var options = new CircuitBreakerOptions { RecoveryTimeout = Day + Tick, MaxRecoveryTime = Day + Tick };

        Assert.Contains("recoveryTimeout: 1.00:00:00.0000001: more than 0, up to 1 day", options.Problems());
    }
}

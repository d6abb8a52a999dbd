using Holdfast.Execution;
using Holdfast.Failover;
using Holdfast.Telemetry;

namespace Holdfast.Tests.Telemetry;

/// <summary>Alone, because whoever listens elsewhere in the process listens here too.</summary>
[CollectionDefinition(nameof(CallTelemetryTests), DisableParallelization = true)]
[Collection(nameof(CallTelemetryTests))]
public class CallTelemetryTests
{
    [Fact]
    public void A_call_that_nobody_listens_to_allocates_nothing_for_it()
    {
        var telemetry = new CallTelemetry("unheard");
        var trail = new AttemptTrail([new AttemptReport("a", Outcome.CircuitOpen, TimeSpan.Zero)]);
        Tell(telemetry, trail);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 100; i++)
            Tell(telemetry, trail);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void There_are_no_spans_when_nobody_listens()
    {
        var telemetry = new CallTelemetry("unheard");

        Assert.Null(telemetry.StartCall());
        Assert.Null(telemetry.StartAttempt("a"));
    }

    private static void Tell(CallTelemetry telemetry, AttemptTrail trail)
    {
        var call = telemetry.StartCall();
        var attempt = telemetry.StartAttempt("a");
        telemetry.AttemptEnded("a", Outcome.ServerError, TimeSpan.FromSeconds(1), null);
        CallTelemetry.EndAttempt(attempt, Outcome.ServerError);
        telemetry.HedgeStarted();
        telemetry.CallEnded(call, Outcome.ServerError, TimeSpan.FromSeconds(1), trail, fellBack: true);
    }
}

using Holdfast.Gateway.Calls;
using Microsoft.Extensions.Logging;

namespace Holdfast.Gateway.Tests.Calls;

public sealed class CallObserversTests
{
    [Fact]
    public void One_observers_failure_is_logged_and_harms_no_other()
    {
        var log = new CapturedLog<CallObservers>();
        var seen = new Recorder();
        var observers = new CallObservers([new Broken(), seen], log);
        var record = new CallRecord(ChatCall.Of());

        observers.Completed(record);

        Assert.Same(record, seen.Last);
        var line = Assert.Single(log.Lines);
        Assert.Equal(LogLevel.Error, line.Level);
        Assert.Contains("Broken", line.Text);
        Assert.Contains("req_1", line.Text);
    }

    private sealed class Broken : ICallObserver
    {
        public void OnCompleted(CallRecord call) => throw new InvalidOperationException("no");
    }

    private sealed class Recorder : ICallObserver
    {
        public CallRecord? Last { get; private set; }

        public void OnCompleted(CallRecord call) => Last = call;
    }
}

using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Tests.Calls;

public sealed class CallsInFlightTests
{
    [Theory]
    [InlineData(0, 1, 2)]
    [InlineData(2, 1, 0)]
    [InlineData(1, 0, 2)]
    public void Calls_leave_in_any_order(int first, int second, int third)
    {
        using var inFlight = new CallsInFlight();
        var calls = Enumerable.Range(0, 3).Select(_ => new CallRecord(ChatCall.Of())).ToArray();
        foreach (var call in calls)
        {
            inFlight.Enter();
            inFlight.Add(call);
        }

        Assert.Equal(3, inFlight.List().Count);
        inFlight.Leave(calls[first]);
        Assert.Equal(new[] { calls[second], calls[third] }.ToHashSet(), inFlight.List().ToHashSet());
        inFlight.Leave(calls[second]);
        Assert.Equal([calls[third]], inFlight.List());
        inFlight.Leave(calls[third]);

        Assert.Empty(inFlight.List());
        Assert.Equal(0, inFlight.Count);
    }

    [Fact]
    public void A_call_that_was_never_named_leaves_as_well()
    {
        using var inFlight = new CallsInFlight();
        inFlight.Enter();
        inFlight.Enter();
        var named = new CallRecord(ChatCall.Of());
        inFlight.Add(named);

        inFlight.Leave(new CallRecord(ChatCall.Of()));

        Assert.Equal(1, inFlight.Count);
        Assert.Equal([named], inFlight.List());
    }
}

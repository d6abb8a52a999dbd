using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Observability;

/// <summary>Ends each call's span when the call is over.</summary>
internal sealed class CallTraces : ICallObserver
{
    public void OnCompleted(CallRecord call) => CallSpans.EndCall(call);
}

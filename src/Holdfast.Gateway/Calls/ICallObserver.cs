namespace Holdfast.Gateway.Calls;

/// <summary>
/// Sees every call when it is over: metrics, the log, and what is to come. It must not block and must not throw; it
/// may keep nothing of the request's bytes.
/// </summary>
internal interface ICallObserver
{
    void OnCompleted(CallRecord call);
}

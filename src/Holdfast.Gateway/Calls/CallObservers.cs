namespace Holdfast.Gateway.Calls;

/// <summary>Tells every observer of a finished call. One observer's failure is logged and harms nobody.</summary>
internal sealed partial class CallObservers(IEnumerable<ICallObserver> observers, ILogger<CallObservers> logger)
{
    private readonly ICallObserver[] _observers = [.. observers];

    public void Completed(CallRecord call)
    {
        foreach (var observer in _observers)
        {
            try
            {
                observer.OnCompleted(call);
            }
            catch (Exception exception)
            {
                ObserverFailed(exception, observer.GetType().Name, call.Request.Id);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Error,
        "observer {Observer} failed on call {RequestId}; what it would have recorded is lost")]
    private partial void ObserverFailed(Exception exception, string observer, string requestId);
}

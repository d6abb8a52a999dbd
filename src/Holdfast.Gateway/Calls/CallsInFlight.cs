namespace Holdfast.Gateway.Calls;

/// <summary>The calls that are being served at this moment, and the word that ends them all.</summary>
internal sealed class CallsInFlight : IDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _lock = new();
    private CallRecord? _first;
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>
    /// Struck when the shutdown's limit has passed: what is under way ends now, and its caller is told.
    /// </summary>
    public CancellationToken Ending => _ending.Token;

    public bool IsEnding => _ending.IsCancellationRequested;

    /// <summary>A request has come; what it is for is not known yet.</summary>
    public void Enter() => Interlocked.Increment(ref _count);

    /// <summary>The request has been read, so that the call can be named.</summary>
    public void Add(CallRecord call)
    {
        lock (_lock)
        {
            call.Next = _first;
            if (_first is not null)
            {
                _first.Previous = call;
            }

            _first = call;
            call.IsListed = true;
        }
    }

    /// <summary>The call is over.</summary>
    public void Leave(CallRecord call)
    {
        Interlocked.Decrement(ref _count);
        Remove(call);
    }

    /// <summary>The call goes on under another record.</summary>
    public void Remove(CallRecord call)
    {
        lock (_lock)
        {
            if (!call.IsListed)
            {
                return;
            }

            _ = call.Previous is { } previous ? previous.Next = call.Next : _first = call.Next;
            if (call.Next is { } next)
            {
                next.Previous = call.Previous;
            }

            (call.Next, call.Previous, call.IsListed) = (null, null, false);
        }
    }

    /// <summary>The calls that can be named, the newest first.</summary>
    public IReadOnlyList<CallRecord> List()
    {
        lock (_lock)
        {
            var calls = new List<CallRecord>();
            for (var call = _first; call is not null; call = call.Next)
            {
                calls.Add(call);
            }

            return calls;
        }
    }

    public void End() => _ending.Cancel();

    public void Dispose() => _ending.Dispose();
}

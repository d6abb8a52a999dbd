using System.Runtime.ExceptionServices;

namespace Holdfast.Execution;

/// <summary>
/// Tells listeners of changes, outside every lock of whoever has them, one change at a time and in their order: one
/// thread tells, and a change that comes meanwhile, from a listener too, is told by it after the one before. A listener
/// that throws keeps nobody else from hearing.
/// </summary>
internal sealed class ChangeFeed<T>
{
    private readonly Lock _gate = new();
    private readonly Queue<T> _untold = new();
    private bool _isTelling;

    /// <summary>Raised with each change. Who listens is looked up for each, when its turn comes.</summary>
    public event Action<T>? Changed;

    /// <summary>Raised with what a listener threw.</summary>
    public event Action<Exception>? ListenerFailed;

    /// <summary>To be called where the change is made, so that the order is theirs; it calls nobody.</summary>
    public void Note(T change)
    {
        lock (_gate)
            _untold.Enqueue(change);
    }

    /// <summary>
    /// Tells what was noted, unless another thread is at it. What a handler of <see cref="ListenerFailed"/> throws is
    /// thrown here, when everything has been told.
    /// </summary>
    public void Tell()
    {
        ExceptionDispatchInfo? defect = null;
        while (TryNext(out var change))
        {
            foreach (var listener in Delegate.EnumerateInvocationList(Changed))
            {
                try
                {
                    listener(change);
                }
                catch (Exception exception)
                {
                    defect = Failed(exception) ?? defect;
                }
            }

            lock (_gate)
                _isTelling = false;
        }

        defect?.Throw();
    }

    private bool TryNext(out T change)
    {
        lock (_gate)
        {
            if (_isTelling || !_untold.TryDequeue(out change!))
            {
                change = default!;
                return false;
            }

            return _isTelling = true;
        }
    }

    private ExceptionDispatchInfo? Failed(Exception failure)
    {
        try
        {
            ListenerFailed?.Invoke(failure);
            return null;
        }
        catch (Exception exception)
        {
            return ExceptionDispatchInfo.Capture(exception);
        }
    }
}

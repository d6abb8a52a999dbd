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

    /// <summary>To be called where the change is made, so that the order is theirs; it calls nobody.</summary>
    public void Note(T change)
    {
        lock (_gate)
            _untold.Enqueue(change);
    }

    /// <summary>Tells what was noted, unless another thread is at it.</summary>
    public void Tell(Action<T>? listeners, Action<Exception>? listenerFailed)
    {
        while (true)
        {
            T change;
            lock (_gate)
            {
                if (_isTelling || !_untold.TryDequeue(out change!))
                    return;
                _isTelling = true;
            }

            foreach (var listener in Delegate.EnumerateInvocationList(listeners))
            {
                try
                {
                    listener(change);
                }
                catch (Exception exception)
                {
                    listenerFailed?.Invoke(exception);
                }
            }

            lock (_gate)
                _isTelling = false;
        }
    }
}

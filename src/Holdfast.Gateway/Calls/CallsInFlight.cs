namespace Holdfast.Gateway.Calls;

/// <summary>How many calls are being served at this moment.</summary>
internal sealed class CallsInFlight
{
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public void Enter() => Interlocked.Increment(ref _count);

    public void Leave() => Interlocked.Decrement(ref _count);
}

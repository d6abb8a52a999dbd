namespace Holdfast.Gateway.Calls;

/// <summary>How many calls are being served at this moment, and the word that ends them all.</summary>
internal sealed class CallsInFlight : IDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>
    /// Struck when the shutdown's limit has passed: what is under way ends now, and its caller is told.
    /// </summary>
    public CancellationToken Ending => _ending.Token;

    public bool IsEnding => _ending.IsCancellationRequested;

    public void Enter() => Interlocked.Increment(ref _count);

    public void Leave() => Interlocked.Decrement(ref _count);

    public void End() => _ending.Cancel();

    public void Dispose() => _ending.Dispose();
}

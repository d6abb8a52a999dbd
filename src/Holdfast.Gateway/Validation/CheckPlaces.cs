namespace Holdfast.Gateway.Validation;

/// <summary>
/// Places for checks that may take the processor for long. Who finds none free waits without holding a thread, first
/// come, first served: however many answers arrive at once, the rest of the gateway keeps its processors.
/// Thread-safe.
/// </summary>
/// <param name="count">How many checks may run at once, from 1.</param>
internal sealed class CheckPlaces(int count)
{
    private readonly SemaphoreSlim _free = new(count, count);
    private int _waiting;

    /// <summary>Those that the whole process shares: half of its processors, at least one.</summary>
    public static CheckPlaces OfProcess { get; } = new(Math.Max(1, Environment.ProcessorCount / 2));

    /// <summary>How many checks may run at once.</summary>
    public int Count => count;

    /// <summary>Checks that are waiting now.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Waits for a place and takes it; <see cref="Leave"/> gives it back.</summary>
    /// <exception cref="OperationCanceledException">The token was struck first; no place is taken.</exception>
    public async ValueTask EnterAsync(CancellationToken cancellation)
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            await _free.WaitAsync(cancellation);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    public void Leave() => _free.Release();
}

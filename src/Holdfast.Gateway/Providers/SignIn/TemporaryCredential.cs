namespace Holdfast.Gateway.Providers.SignIn;

/// <summary>
/// Something that is good for a while and fetched anew before it ends. However many ask, one fetch is under way; a good
/// one is handed out while the next is fetched, so that nobody waits but the first. After a failed fetch nobody tries
/// again for a few seconds.
/// </summary>
/// <param name="fetch">Fetches one, and says until when it is good.</param>
/// <param name="failure">What callers hear when there is none.</param>
/// <param name="time">The clock.</param>
/// <param name="onFailed">Told of each fetch that failed.</param>
internal sealed class TemporaryCredential<T>(
    Func<CancellationToken, Task<(T Value, DateTimeOffset GoodUntil)>> fetch, string failure, TimeProvider time,
    Action<Exception> onFailed)
    where T : class
{
    /// <summary>How long before its end the next one is fetched.</summary>
    public static readonly TimeSpan Ahead = TimeSpan.FromMinutes(5);

    /// <summary>One that ends so soon may end on the way.</summary>
    public static readonly TimeSpan Spare = TimeSpan.FromSeconds(10);

    /// <summary>How long a fetch may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>How long after a failed fetch nobody tries again.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private T? _value;
    private DateTimeOffset _goodUntil;
    private DateTimeOffset _notBefore;
    private Task<T>? _fetching;

    /// <exception cref="SignInException">There is none to be had.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; a fetch under way goes on.</exception>
    public ValueTask<T> GetAsync(CancellationToken cancellation)
    {
        Task<T> fetching;
        lock (_gate)
        {
            var now = time.GetUtcNow();
            var isGood = _value is not null && _goodUntil - now > Spare;
            if (_fetching is null && now >= _notBefore && (!isGood || _goodUntil - now <= Ahead))
            {
                _fetching = FetchAsync();
            }

            if (isGood)
            {
                return new ValueTask<T>(_value!);
            }

            fetching = _fetching ?? Task.FromException<T>(new SignInException(failure));
        }

        return new ValueTask<T>(fetching.WaitAsync(cancellation));
    }

    private async Task<T> FetchAsync()
    {
        // Off the caller's stack, and out of its lock: libraries may do much before their first await.
        await Task.Yield();
        try
        {
            using var patience = new CancellationTokenSource(Patience, time);
            var (value, goodUntil) = await fetch(patience.Token).WaitAsync(patience.Token);
            lock (_gate)
            {
                (_value, _goodUntil, _fetching) = (value, goodUntil, null);
            }

            return value;
        }
        catch (Exception broken)
        {
            // Whatever a cloud's own library throws, the call must go on to its next target.
            lock (_gate)
            {
                _notBefore = time.GetUtcNow() + Rest;
                _fetching = null;
            }

            onFailed(broken);
            throw new SignInException(failure, broken);
        }
    }
}

using System.Runtime.ExceptionServices;

namespace Holdfast.Execution;

/// <summary>What ends a batch before all of it has run.</summary>
internal enum BatchEnd
{
    Never,
    FirstFailure,
    FirstSuccess,
}

/// <summary>One run of <see cref="BatchExecutor"/>: as many loops as may run at once take what comes next.</summary>
internal sealed class Batch<T> : IDisposable
{
    private readonly Func<CancellationToken, ValueTask<T>>[] _operations;
    private readonly BatchEnd _end;
    private readonly Action<T>? _discard;
    private readonly BatchOptions _options;
    private readonly CancellationTokenSource _source;
    private readonly ITimer _clock;
    private readonly TaskCompletionSource _allTold = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isTimedOut;
    private AggregateException? _thrown;
    private int _next;
    private int _decisive = -1;
    private int _succeeded;

    public Batch(
        IReadOnlyList<Func<CancellationToken, ValueTask<T>>> operations,
        BatchEnd end,
        BatchOptions? options,
        Action<T>? discard,
        TimeProvider? time,
        CancellationToken caller)
    {
        ArgumentNullException.ThrowIfNull(operations);
        _options = BatchOptions.Checked(options);
        _operations = [.. operations];
        if (Array.IndexOf(_operations, null) is >= 0 and var missing)
            throw new ArgumentException($"operation {missing} is null: a function", nameof(operations));
        _end = end;
        _discard = discard;
        Results = new Settled<T>?[_operations.Length];
        _source = CancellationTokenSource.CreateLinkedTokenSource(caller);
        _clock = (time ?? TimeProvider.System).CreateTimer(
            static batch => ((Batch<T>)batch!).TimeOut(), this, _options.Timeout, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How each ended, in order; null for those that never started, or that the timeout cut off.</summary>
    public Settled<T>?[] Results { get; }

    public int Succeeded => Volatile.Read(ref _succeeded);

    /// <summary>The one that ended the batch; -1 when none did.</summary>
    public int Decisive => Volatile.Read(ref _decisive);

    public async Task RunAsync()
    {
        var loops = new Task[Math.Min(_options.MaxConcurrency, _operations.Length)];
        for (var i = 0; i < loops.Length; i++)
            loops[i] = RunNextAsync();
        try
        {
            await Task.WhenAll(loops).ConfigureAwait(false);
        }
        catch (AggregateException thrown)
        {
            _thrown = thrown;
        }

        // What runs may end while the timeout still tells others.
        if (_isTimedOut)
            await _allTold.Task.ConfigureAwait(false);
        // Only what operations registered on their token throws, and then nobody gets a result.
        if (_thrown is not { } callbacks)
            return;
        DiscardAllBut(-1);
        ExceptionDispatchInfo.Throw(callbacks);
    }

    /// <summary>Hands results that nobody will get to whoever disposes of them.</summary>
    public void DiscardAllBut(int kept)
    {
        if (_discard is null)
            return;
        for (var i = 0; i < Results.Length; i++)
        {
            if (i != kept && Results[i] is { IsSuccess: true } unwanted)
                _discard(unwanted.Value);
        }
    }

    /// <summary>How an operation ended, or that the timeout kept it from its end.</summary>
    public Settled<T> ResultOf(int operation) => Results[operation] ?? new Settled<T>(TimedOut(failures: []));

    /// <summary>Throws when the timeout has ended the batch, and none of its operations had.</summary>
    public void ThrowIfTimedOut()
    {
        if (!_isTimedOut || Decisive >= 0)
            return;
        var failures = Results.Select(result => result?.Exception).OfType<Exception>().ToList();
        // Where one success is enough, all may have failed: then nothing was left for the timeout to end.
        if (_end != BatchEnd.FirstSuccess || failures.Count < Results.Length)
            throw TimedOut(failures);
    }

    public void Dispose()
    {
        _clock.Dispose();
        _source.Dispose();
    }

    private void TimeOut()
    {
        _isTimedOut = true;
        try
        {
            _source.Cancel();
        }
        catch (AggregateException thrown)
        {
            // On the timer's thread it would end the process.
            _thrown = thrown;
        }
        catch (ObjectDisposedException)
        {
            // The batch ended at this very moment.
        }

        _allTold.SetResult();
    }

    private TimeoutException TimedOut(List<Exception> failures) => new(
        $"the batch has taken longer than {_options.Timeout}",
        failures.Count == 0 ? null : new AggregateException(failures));

    private async Task RunNextAsync()
    {
        while (!_source.IsCancellationRequested)
        {
            var i = Interlocked.Increment(ref _next) - 1;
            if (i >= _operations.Length)
                return;
            var result = await SettleAsync(_operations[i]).ConfigureAwait(false);
            if (_isTimedOut && result.Exception is OperationCanceledException)
                return;
            Results[i] = result;
            if (result.IsSuccess)
                Interlocked.Increment(ref _succeeded);
            // What fails because its time is over doesn't end the batch: the timeout has.
            var end = result.IsSuccess ? BatchEnd.FirstSuccess : _isTimedOut ? BatchEnd.Never : BatchEnd.FirstFailure;
            if (_end == end && end != BatchEnd.Never
                && Interlocked.CompareExchange(ref _decisive, i, -1) == -1)
                await _source.CancelAsync().ConfigureAwait(false);
        }
    }

    private async Task<Settled<T>> SettleAsync(Func<CancellationToken, ValueTask<T>> operation)
    {
        try
        {
            return new Settled<T>(await operation(_source.Token).ConfigureAwait(false));
        }
        catch (Exception exception)
        {
            return new Settled<T>(exception);
        }
    }
}

namespace Holdfast.Gateway.Configuration;

/// <summary>One configuration that is, or was, in force.</summary>
/// <param name="Options">The whole of it.</param>
/// <param name="Version">1 for the first, one more for each after it.</param>
/// <param name="LoadedAt">When it came into force.</param>
internal sealed record ConfigurationSnapshot(HoldfastOptions Options, int Version, DateTimeOffset LoadedAt);

/// <summary>
/// Holds the configuration in force. Reading is one volatile read and always sees a whole configuration; a call reads
/// it once and keeps what it read. Swapping is one write; swaps never overlap.
/// </summary>
internal sealed class ConfigurationHolder
{
    private readonly TimeProvider _time;
    private readonly Lock _swapping = new();
    private volatile ConfigurationSnapshot _current;
    private Action<ConfigurationSnapshot>[] _listeners = [];

    public ConfigurationHolder(HoldfastOptions first, TimeProvider time)
    {
        _time = time;
        _current = new ConfigurationSnapshot(first, 1, time.GetUtcNow());
        Started = _current;
    }

    public ConfigurationSnapshot Current => _current;

    /// <summary>The one the process started with: what is read at start only is still what stands here.</summary>
    public ConfigurationSnapshot Started { get; }

    /// <summary>
    /// Calls <paramref name="listener"/> after each swap, in the order of registration, until the result is disposed.
    /// Swaps wait for it, so it must be quick; the new snapshot is in force already.
    /// </summary>
    public IDisposable OnChanged(Action<ConfigurationSnapshot> listener)
    {
        lock (_swapping)
            _listeners = [.. _listeners, listener];
        return new Registration(this, listener);
    }

    /// <summary>Puts a configuration into force.</summary>
    /// <exception cref="AggregateException">
    /// Listeners threw. All of them were called, and the configuration is in force.
    /// </exception>
    public ConfigurationSnapshot Swap(HoldfastOptions options)
    {
        lock (_swapping)
        {
            var next = new ConfigurationSnapshot(options, _current.Version + 1, _time.GetUtcNow());
            _current = next;
            List<Exception>? failures = null;
            foreach (var listener in _listeners)
            {
                try
                {
                    listener(next);
                }
                catch (Exception failure)
                {
                    (failures ??= []).Add(failure);
                }
            }

            return failures is null ? next : throw new AggregateException(failures);
        }
    }

    private void Remove(Action<ConfigurationSnapshot> listener)
    {
        lock (_swapping)
        {
            var index = Array.IndexOf(_listeners, listener);
            if (index >= 0)
                _listeners = [.. _listeners[..index], .. _listeners[(index + 1)..]];
        }
    }

    private sealed class Registration(ConfigurationHolder holder, Action<ConfigurationSnapshot> listener) : IDisposable
    {
        private int _disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
                holder.Remove(listener);
        }
    }
}

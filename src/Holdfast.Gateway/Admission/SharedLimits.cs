using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Admission;

/// <summary>The readings of all keys: for all targets, because they share the keys.</summary>
internal sealed class SharedLimits(TimeProvider time)
{
    private readonly ConditionalWeakTable<ApiKey, KeyReadings> _keys = [];
    private readonly ConcurrentDictionary<string, KeyReadings> _keyless = new(StringComparer.Ordinal);

    private long _paces;

    /// <summary>The how many-th pace that was made.</summary>
    public long NextPace() => Interlocked.Increment(ref _paces);

    /// <summary>What is known of a key, or of a provider that takes calls without one.</summary>
    public KeyReadings Of(ApiKey? key, string provider) => key is null
        ? _keyless.GetOrAdd(provider, static (_, clock) => new KeyReadings(clock), time)
        : _keys.GetValue(key, _ => new KeyReadings(time));

    /// <summary>After a reload: what was known of others that take calls without a key is gone.</summary>
    public void KeepOnly(IReadOnlySet<string> providers)
    {
        foreach (var provider in _keyless.Keys.Where(provider => !providers.Contains(provider)))
        {
            _keyless.TryRemove(provider, out _);
        }
    }
}

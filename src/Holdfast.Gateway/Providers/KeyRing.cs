using System.Collections.Concurrent;
using Holdfast.Gateway.Providers.SignIn;

namespace Holdfast.Gateway.Providers;

/// <summary>
/// A provider's keys in the order of preference. Good ones come first, marked ones only when there is no good one,
/// held ones not at all.
/// </summary>
internal sealed class KeyRing
{
    private readonly ApiKey[] _keys;
    private readonly SpentKeys? _spent;

    public KeyRing(IReadOnlyList<ApiKey> keys) => _keys = [.. keys];

    private KeyRing(ApiKey[] keys, SpentKeys spent) => (_keys, _spent) = (keys, spent);

    /// <summary>What calls without a key are authorized by; null: nothing.</summary>
    public ISignIn? SignIn { get; init; }

    /// <summary>True when the provider takes calls without a key; <see cref="TryPick"/> then gives null.</summary>
    public bool IsEmpty => _keys.Length == 0;

    public int Count => _keys.Length;

    public IEnumerable<ApiKey> Keys => _keys;

    /// <summary>The same keys as one model finds them: those that are spent there are as good as held.</summary>
    public KeyRing For(SpentKeys spent) => new(_keys, spent) { SignIn = SignIn };

    /// <summary>Nothing is sent with the key now: it is held, or spent.</summary>
    public bool IsHeld(ApiKey key) => key.IsHeld || IsSpent(key);

    /// <summary>Its allowance for the model that this ring is for is used up.</summary>
    public bool IsSpent(ApiKey key) => _spent?.RestOf(key) > TimeSpan.Zero;

    /// <summary>How long nothing more is sent with the key; zero when it may be used.</summary>
    public TimeSpan RestOf(ApiKey key) =>
        _spent?.RestOf(key) is { } rest && rest > key.HeldFor ? rest : key.HeldFor;

    /// <summary>
    /// The best key that may be used and isn't in <paramref name="tried"/>; null when the ring is empty.
    /// </summary>
    /// <param name="tried">A bit for each key of the ring, by position, that this call has used up.</param>
    /// <param name="key">The key.</param>
    /// <param name="position">Its position, for <paramref name="tried"/>; -1 without a key.</param>
    /// <returns>False when keys exist but none may be used.</returns>
    public bool TryPick(ulong tried, out ApiKey? key, out int position)
    {
        key = null;
        position = -1;
        if (_keys.Length == 0)
        {
            return true;
        }

        for (var i = 0; i < _keys.Length; i++)
        {
            var candidate = _keys[i];
            if (IsHeld(candidate) || (i < 64 && (tried & (1UL << i)) != 0))
            {
                continue;
            }

            if (!candidate.IsMarked)
            {
                key = candidate;
                position = i;
                return true;
            }

            if (key is null)
            {
                key = candidate;
                position = i;
            }
        }

        return key is not null;
    }

    /// <summary>Every key that isn't held is marked: a provider to try only when nothing else is left.</summary>
    public bool AllMarked
    {
        get
        {
            foreach (var key in _keys)
            {
                if (!IsHeld(key) && !key.IsMarked)
                {
                    return false;
                }
            }

            return _keys.Length > 0;
        }
    }

    /// <summary>Every key is held: nothing can be sent.</summary>
    public bool AllHeld
    {
        get
        {
            foreach (var key in _keys)
            {
                if (!IsHeld(key))
                {
                    return false;
                }
            }

            return _keys.Length > 0;
        }
    }

    /// <summary>Some are spent, which is another thing than being out of credit.</summary>
    public bool AnySpent
    {
        get
        {
            foreach (var key in _keys)
            {
                if (IsSpent(key))
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Until the first held key comes free.</summary>
    public TimeSpan HeldFor
    {
        get
        {
            var shortest = TimeSpan.MaxValue;
            foreach (var key in _keys)
            {
                var left = RestOf(key);
                shortest = left < shortest ? left : shortest;
            }

            return _keys.Length == 0 ? TimeSpan.Zero : shortest;
        }
    }
}

/// <summary>What is known of all providers' keys; survives a reload. Keyed by provider name and key.</summary>
internal sealed class KeyStates(TimeProvider time, SignIns? signIns = null)
{
    private readonly ConcurrentDictionary<(string Provider, string Key), ApiKey> _keys = new();

    public KeyRing RingFor(ProviderOptions options) =>
        new([.. options.ApiKeys.Select(key => _keys.GetOrAdd((options.Name, key), static (id, clock) =>
            new ApiKey(id.Key, clock), time))]) { SignIn = signIns?.For(options) };

    /// <summary>Forgets keys that no provider of the new configuration has.</summary>
    public void KeepOnly(IEnumerable<ProviderOptions> providers)
    {
        var kept = providers.SelectMany(provider => provider.ApiKeys.Select(key => (provider.Name, key))).ToHashSet();
        foreach (var id in _keys.Keys)
        {
            if (!kept.Contains(id))
            {
                _keys.TryRemove(id, out _);
            }
        }
    }
}

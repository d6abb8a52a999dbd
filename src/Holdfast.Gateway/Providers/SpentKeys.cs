using System.Runtime.CompilerServices;
using Holdfast.Failover;

namespace Holdfast.Gateway.Providers;

/// <summary>
/// The keys whose allowance for one model is used up. For that model they rest, while its provider's other keys, and
/// the same keys for other models, go on.
/// </summary>
internal sealed class SpentKeys(TimeProvider time)
{
    private readonly ConditionalWeakTable<ApiKey, Cooldown> _rests = [];

    // Most models never have any, and every call asks.
    private volatile bool _isAny;

    /// <summary>How much longer the key rests; zero when it doesn't.</summary>
    public TimeSpan RestOf(ApiKey key) =>
        _isAny && _rests.TryGetValue(key, out var rest) ? rest.Remaining : TimeSpan.Zero;

    /// <summary>Its allowance is used up: the model isn't asked with it for so long.</summary>
    public void Rest(ApiKey key, TimeSpan delay)
    {
        _rests.GetValue(key, _ => new Cooldown(time)).Extend(delay);
        _isAny = true;
    }

    /// <summary>Somebody says by hand that the rests are over.</summary>
    public void Clear()
    {
        _rests.Clear();
        _isAny = false;
    }
}

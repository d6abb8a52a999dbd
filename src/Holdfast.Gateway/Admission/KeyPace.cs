using Holdfast.Admission;

namespace Holdfast.Gateway.Admission;

/// <summary>What a provider lets one of its keys do with one of its models, as far as it said.</summary>
internal sealed class KeyPace(AdmissionOptions options, TimeProvider time)
{
    private volatile bool _isTold;

    /// <summary>Lets calls in at that pace.</summary>
    public AdmissionQueue Queue { get; } = new(Of(options, places: 0), time);

    /// <summary>The provider has spoken of this key's limits.</summary>
    public bool IsTold => _isTold;

    /// <summary>The provider speaks of this key's limits for the first time.</summary>
    /// <returns>False when it was known.</returns>
    public bool Tell()
    {
        var isNews = !_isTold;
        _isTold = true;
        return isNews;
    }

    /// <summary>
    /// A key whose limits are unknown, at a provider that has told them of other keys, sends one call ahead: the whole
    /// crowd that finds the other keys busy would be too much for it.
    /// </summary>
    public void Configure(AdmissionOptions target, bool isAnyTold) =>
        Queue.Options = Of(target, places: isAnyTold && !_isTold ? 1 : 0);

    private static AdmissionOptions Of(AdmissionOptions target, int places) =>
        target with { MaxConcurrency = places, ThrottleRate = 0, Adaptive = null };
}

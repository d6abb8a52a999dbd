using Holdfast.Admission;

namespace Holdfast.Gateway.Calls;

/// <summary>The limits where the configuration says nothing: none, for a target or the whole gateway.</summary>
internal static class CallLimits
{
    public static readonly AdmissionOptions None = new()
    {
        MaxConcurrency = 0,
        MaxQueueSize = 1000,
        ThrottleRate = 0,
        Timeout = TimeSpan.FromSeconds(30),
    };

    /// <summary>Something is limited.</summary>
    public static bool IsLimit(this AdmissionOptions options) =>
        options is not { MaxConcurrency: 0, ThrottleRate: 0, Adaptive: null };
}

using Holdfast.Admission;

namespace Holdfast.Gateway.Admission;

/// <summary>
/// The limits of a target that several routes name: it has one queue, and of each number the strictest holds.
/// </summary>
internal static class StrictestLimits
{
    public static AdmissionOptions Of(AdmissionOptions one, AdmissionOptions other) => one == other ? one : new()
    {
        MaxConcurrency = (int)Least(one.MaxConcurrency, other.MaxConcurrency),
        MaxQueueSize = Math.Min(one.MaxQueueSize, other.MaxQueueSize),
        ThrottleRate = Least(one.ThrottleRate, other.ThrottleRate),
        Timeout = one.Timeout < other.Timeout ? one.Timeout : other.Timeout,
        Adaptive = Below(FixedOf(one), Below(FixedOf(other), Of(one.Adaptive, other.Adaptive))),
    };

    // What one route has fixed another one's adaptive limit must not go beyond.
    private static AdaptiveConcurrencyOptions? Below(int most, AdaptiveConcurrencyOptions? adaptive) =>
        adaptive is null || most == 0 || adaptive.MaxLimit <= most ? adaptive : adaptive with
        {
            MinLimit = Math.Min(adaptive.MinLimit, most),
            MaxLimit = most,
        };

    private static int FixedOf(AdmissionOptions options) => options.Adaptive is null ? options.MaxConcurrency : 0;

    private static AdaptiveConcurrencyOptions? Of(AdaptiveConcurrencyOptions? one, AdaptiveConcurrencyOptions? other) =>
        one is null || other is null ? one ?? other : new()
        {
            MinLimit = Math.Min(one.MinLimit, other.MinLimit),
            MaxLimit = Math.Min(one.MaxLimit, other.MaxLimit),
            Tolerance = Math.Min(one.Tolerance, other.Tolerance),
            Backoff = Math.Min(one.Backoff, other.Backoff),
        };

    // Zero is no limit.
    private static double Least(double one, double other) =>
        one == 0 ? other : other == 0 ? one : Math.Min(one, other);
}

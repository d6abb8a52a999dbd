using Holdfast.Admission;
using Holdfast.CircuitBreaking;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Retrying;
using Holdfast.Timeouts;

namespace Holdfast.Gateway.Configuration;

/// <summary>
/// Lays what a section writes over the values of its parent. That is all of inheritance: every level is the level
/// above it with the written keys replaced. The ranges are those of the library's own options.
/// </summary>
internal static class OptionLayers
{
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    public static CircuitBreakerOptions CircuitBreaker(SectionReader section, CircuitBreakerOptions parent)
    {
        const int most = 1_000_000;
        var laid = parent with
        {
            FailureThreshold = section.Integer("failureThreshold", parent.FailureThreshold, 0, most),
            WindowThreshold = section.Integer("windowThreshold", parent.WindowThreshold, 0, most),
            FailureRatio = section.Number("failureRatio", parent.FailureRatio, 0, 1),
            MinimumCalls = section.Integer("minimumCalls", parent.MinimumCalls, 2, most),
            MonitoringPeriod = section.Duration("monitoringPeriod", parent.MonitoringPeriod, 100 * Millisecond, Day),
            RecoveryTimeout = section.Duration("recoveryTimeout", parent.RecoveryTimeout, Millisecond, Day),
            MaxRecoveryTime = section.Duration("maxRecoveryTime", parent.MaxRecoveryTime, Millisecond, Day),
            SuccessThreshold = section.Integer("successThreshold", parent.SuccessThreshold, 1, most),
            HalfOpenProbes = section.Integer("halfOpenProbes", parent.HalfOpenProbes, 1, 1000),
        };
        section.Done();
        if (section.HasFailed)
            return parent;
        if (laid.RecoveryTimeout > laid.MaxRecoveryTime && parent.RecoveryTimeout <= parent.MaxRecoveryTime)
        {
            section.ErrorHere("recoveryTimeout is longer than maxRecoveryTime (10m when not written): " +
                "the cap must be at least as long");
        }

        if (section.IsWritten && laid is { FailureThreshold: 0, WindowThreshold: 0, FailureRatio: 0 })
            section.WarnHere("failureThreshold, windowThreshold and failureRatio are all 0: the circuit never opens");
        return laid;
    }

    public static RetryOptions Retry(SectionReader section, RetryOptions parent)
    {
        var laid = parent with
        {
            MaxRetries = section.Integer("maxRetries", parent.MaxRetries, 0, 100),
            BaseDelay = section.Duration("baseDelay", parent.BaseDelay, TimeSpan.Zero, Hour),
            MaxDelay = section.Duration("maxDelay", parent.MaxDelay, TimeSpan.Zero, Hour),
            BackoffMultiplier = section.Number("backoffMultiplier", parent.BackoffMultiplier, 1, 100),
            Jitter = section.Flag("jitter", parent.Jitter),
            JitterFactor = section.Number("jitterFactor", parent.JitterFactor, 0, 1),
            RetryableErrors = OutcomeWords.Retryable(section, parent.RetryableErrors),
        };
        section.Done();
        if (section.HasFailed)
            return parent;
        if (laid.BaseDelay > laid.MaxDelay && parent.BaseDelay <= parent.MaxDelay)
        {
            section.ErrorHere("baseDelay is longer than maxDelay (30s when neither this nor what it inherits from " +
                "writes it): maxDelay must be at least as long");
        }

        return laid;
    }

    public static TimeoutOptions Timeouts(SectionReader section, TimeoutOptions parent)
    {
        var laid = parent with
        {
            Connect = section.Duration("connect", parent.Connect, TimeSpan.Zero, Day),
            FirstToken = section.Duration("firstToken", parent.FirstToken, TimeSpan.Zero, Day),
            Idle = section.Duration("idle", parent.Idle, TimeSpan.Zero, Day),
            MinThroughput = section.Number("minThroughput", parent.MinThroughput, 0, 1_000_000_000),
            Attempt = section.Duration("attempt", parent.Attempt, TimeSpan.Zero, Day),
            Call = section.Duration("call", parent.Call, Millisecond, Day),
            Adaptive = section.Flag("adaptive", parent.Adaptive),
        };
        section.Done();
        if (section.HasFailed)
            return parent;
        WarnIfNeverReached(section, "attempt", laid.Attempt, laid.Call);
        WarnIfNeverReached(section, "firstToken", laid.FirstToken, laid.Call);
        return laid;
    }

    public static HealthCheckOptions HealthCheck(SectionReader section, HealthCheckOptions parent)
    {
        const int most = 1000;
        var laid = parent with
        {
            Interval = HealthInterval(section, parent.Interval),
            Timeout = section.Duration("timeout", parent.Timeout, 10 * Millisecond, Day),
            Retries = section.Integer("retries", parent.Retries, 0, most),
            Critical = section.Flag("critical", parent.Critical),
            Endpoint = HealthEndpoint(section, parent.Endpoint),
            ExpectedResponse = section.Text("expectedResponse", parent.ExpectedResponse)!,
            UnavailableAfter = section.Integer("unavailableAfter", parent.UnavailableAfter, 1, most),
            BetterAfter = section.Integer("betterAfter", parent.BetterAfter, 1, most),
            DegradedErrorRate = section.Number("degradedErrorRate", parent.DegradedErrorRate, 0, 1),
            DegradedResponseTime = section.Duration(
                "degradedResponseTime", parent.DegradedResponseTime, TimeSpan.Zero, Day),
        };
        section.Done();
        return section.HasFailed ? parent : laid;
    }

    /// <summary>A provider's key goes to nobody else, so a check stays on its host.</summary>
    public static void RefuseForeignEndpoint(SectionReader section, HealthCheckOptions check, ProviderOptions provider)
    {
        if (check.Endpoint is { } endpoint && provider.Address is { } address
            && HealthCheckOptions.AddressOf(endpoint, address) is null)
        {
            section.ErrorHere($"healthCheck.endpoint is not on the host of provider {provider.Name} " +
                "(a path, such as /health, or an address there)");
        }
    }

    private static TimeSpan HealthInterval(SectionReader section, TimeSpan parent)
    {
        var interval = section.Duration("interval", parent, TimeSpan.Zero, Day);
        if (interval == TimeSpan.Zero || interval >= 10 * Millisecond)
            return interval;
        section.Error("interval", "is shorter than 10ms, and not 0 (checked only when somebody asks)");
        return parent;
    }

    // What it says may hold a secret, in a query or before an @.
    private static string? HealthEndpoint(SectionReader section, string? parent)
    {
        if (section.Placed("endpoint") is not { Text.Length: > 0 } written)
            return section.Has("endpoint") ? null : parent;
        if (written.Text.AsSpan().ContainsAny('?', '@'))
            section.IsSecret("endpoint");
        if (written.Text[0] == '/' || WebAddress.Problem(written.Text) is null)
            return written.Text;
        section.Error("endpoint", "is neither a path, such as /health, nor an http or https address (value not shown)");
        return parent;
    }

    /// <summary>The limits of a target.</summary>
    public static AdmissionOptions Queue(SectionReader section, AdmissionOptions parent)
    {
        var adaptive = section.Section("adaptive");
        var laid = Admission(section, parent) with { Adaptive = Adaptive(adaptive, parent.Adaptive) };
        section.Done();
        if (laid.Adaptive is { } bounds && laid.MaxConcurrency > bounds.MaxLimit && !section.HasFailed)
            section.Warn("maxConcurrency", $"is above adaptive.maxLimit, so it begins at {bounds.MaxLimit}");
        return section.HasFailed || adaptive.HasFailed ? parent : laid;
    }

    /// <summary>The limits of the whole gateway.</summary>
    public static AdmissionOptions Limits(SectionReader section)
    {
        var laid = Admission(section, CallLimits.None);
        section.Done(("adaptive", "does not belong here: a target's limit can follow its latency, see queue.adaptive"));
        return section.HasFailed ? CallLimits.None : laid;
    }

    private static AdmissionOptions Admission(SectionReader section, AdmissionOptions parent)
    {
        const int most = 1_000_000;
        var laid = parent with
        {
            MaxConcurrency = section.Integer("maxConcurrency", parent.MaxConcurrency, 0, most),
            MaxQueueSize = section.Integer("maxQueueSize", parent.MaxQueueSize, 0, most),
            ThrottleRate = section.Number("throttleRate", parent.ThrottleRate, 0, most),
            Timeout = section.Duration("timeout", parent.Timeout, Millisecond, Day),
        };
        if (laid.ThrottleRate is > 0 and < 0.001)
            section.Error("throttleRate", "is neither 0 (no limit) nor at least 0.001 calls a second");
        return laid;
    }

    private static AdaptiveConcurrencyOptions? Adaptive(
        SectionReader section, AdaptiveConcurrencyOptions? parent)
    {
        const int most = 1_000_000;
        var above = parent ?? new AdaptiveConcurrencyOptions();
        var isOn = section.Flag("enabled", section.IsWritten || parent is not null);
        var laid = above with
        {
            MinLimit = section.Integer("minLimit", above.MinLimit, 1, most),
            MaxLimit = section.Integer("maxLimit", above.MaxLimit, 1, most),
            Tolerance = section.Number("tolerance", above.Tolerance, 1, 10),
            Backoff = section.Number("backoff", above.Backoff, 0.1, 0.99),
        };
        section.Done();
        if (laid.MinLimit > laid.MaxLimit && above.MinLimit <= above.MaxLimit && !section.HasFailed)
            section.ErrorHere("minLimit is above maxLimit (1000 when not written): it must not be");
        return isOn && !section.HasFailed ? laid : isOn ? parent : null;
    }

    // Only where one section writes both: a short call over an inherited attempt limit is how people shorten calls.
    private static void WarnIfNeverReached(SectionReader section, string key, TimeSpan limit, TimeSpan call)
    {
        if (limit > call && section.Has(key) && section.Has("call"))
            section.Warn(key, "is longer than call, so it never strikes");
    }
}

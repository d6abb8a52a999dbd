using Holdfast.Failover;

namespace Holdfast.Gateway.Providers;

/// <summary>What a provider's status means before its body is looked at: the table of outcomes by status.</summary>
internal static class StatusOutcomes
{
    public static Outcome For(int status) => status switch
    {
        401 or 403 => Outcome.Auth,
        402 => Outcome.Quota,
        404 => Outcome.NotFound,
        408 or 424 => Outcome.ServerError,
        409 or 425 => Outcome.Conflict,
        429 => Outcome.RateLimited,
        >= 500 and <= 599 => Outcome.ServerError,
        >= 400 and <= 499 => Outcome.CallerError,
        _ => Outcome.BadAnswer,
    };
}

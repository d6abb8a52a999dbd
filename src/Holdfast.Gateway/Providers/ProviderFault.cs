using Holdfast.Failover;

namespace Holdfast.Gateway.Providers;

/// <summary>
/// What went wrong at a provider, classified once by the table of outcomes. The texts are the provider's own where it
/// gave any; they may be shown to the caller only through the face, which redacts keys.
/// </summary>
/// <param name="Outcome">The row of the table.</param>
/// <param name="Message">One sentence: the provider's message, or ours when it gave none.</param>
internal sealed record ProviderFault(Outcome Outcome, string Message)
{
    /// <summary>
    /// Nothing was sent: the field <see cref="Param"/> cannot be carried to the provider. To another one it may.
    /// </summary>
    public bool IsUnsupported { get; private init; }

    /// <summary>The request never got to the provider: nothing that stands in it can be at fault.</summary>
    public bool NeverArrived { get; init; }

    /// <summary>
    /// Why the answer is not what its route calls a good one; null where that was not the fault. Never holds what the
    /// answer said.
    /// </summary>
    public string? Validation { get; init; }

    /// <summary>The HTTP status, or the one that an in-band error stands for; null without an answer.</summary>
    public int? Status { get; init; }

    /// <summary>The provider's error type, if it named one.</summary>
    public string? Type { get; init; }

    /// <summary>The provider's error code, if it named one.</summary>
    public string? Code { get; init; }

    /// <summary>The field of the request that the provider complains about, if it named one.</summary>
    public string? Param { get; init; }

    /// <summary>How long the provider asks us to stay away; null when it doesn't say.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>
    /// The account's allowance for the model is used up, not the limit of a moment: another account's key goes on.
    /// </summary>
    public bool EndsAllowance { get; init; }

    /// <summary>The provider's <c>x-should-retry</c>; null when it doesn't say.</summary>
    public bool? ShouldRetry { get; init; }

    /// <summary>
    /// The same failure under the outcome that the first of the rules gives it that covers it; itself without one.
    /// </summary>
    public ProviderFault Under(IReadOnlyList<ErrorRule> rules)
    {
        foreach (var rule in Status is null ? [] : rules)
        {
            if (rule.Covers(Status!.Value, Type, Code, Message))
            {
                // The caller's mistake is passed on, and nothing that it should send again.
                return rule.Outcome == Outcome.CallerError && Status is not (>= 400 and <= 499)
                    ? this with { Outcome = rule.Outcome, Status = 400 }
                    : this with { Outcome = rule.Outcome };
            }
        }

        return this;
    }

    public static ProviderFault Unsupported(UnsupportedFieldException exception) =>
        new(Outcome.CallerError, exception.Message)
        {
            IsUnsupported = true, Type = "invalid_request_error", Code = exception.Code, Param = exception.Field,
        };
}

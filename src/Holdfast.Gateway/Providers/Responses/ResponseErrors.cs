using Holdfast.Failover;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Responses;

/// <summary>
/// Classifies the errors that stand inside a 200: of a failed response, and of a stream's error event.
/// </summary>
internal static class ResponseErrors
{
    /// <param name="error">An object with <c>code</c> and <c>message</c>; the event itself may be one.</param>
    public static ProviderFault Read(JsonView error)
    {
        var code = error.Member("code"u8);
        var type = error.Member("type"u8);
        var (outcome, status) = Classify(code, type);
        return new ProviderFault(
            outcome, ProviderText.Message(error.Member("message"u8)) ?? "the provider sent an error inside a 200")
        {
            Status = status,
            Code = ProviderText.Word(code),
            Type = type.Says("error"u8) ? null : ProviderText.Word(type),
            Param = ProviderText.Word(error.Member("param"u8)),
        };
    }

    public static ProviderFault Bad(string message) => new(Outcome.BadAnswer, message) { Status = 200 };

    // Half of the codes are about the caller's images.
    private static (Outcome Outcome, int Status) Classify(JsonView code, JsonView type) =>
        code.Says("rate_limit_exceeded"u8) ? (Outcome.RateLimited, 429)
        : code.Says("insufficient_quota"u8) || type.Says("insufficient_quota"u8) ? (Outcome.Quota, 429)
        : code.Says("server_error"u8) || type.Says("server_error"u8) ? (Outcome.ServerError, 500)
        : code.Says("invalid_prompt"u8) || code.Says("bio_policy"u8) || code.Says("data_residency_mismatch"u8)
            || code.Text.IndexOf("image"u8) >= 0 || type.Says("invalid_request_error"u8) ? (Outcome.CallerError, 400)
        : (Outcome.BadAnswer, 200);
}

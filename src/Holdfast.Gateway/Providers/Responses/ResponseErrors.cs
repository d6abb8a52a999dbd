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
        var code = ProviderText.Word(error.Member("code"u8));
        var type = ProviderText.Word(error.Member("type"u8));
        var message = ProviderText.Message(error.Member("message"u8));
        var stands = ErrorTables.Responses.StatusOf(code, ErrorTables.Responses.StatusOf(type, otherwise: 200));
        var outcome = ErrorTables.Responses.OutcomeOf(stands, type, code, message);
        return new ProviderFault(outcome, message ?? "the provider sent an error inside a 200")
        {
            Status = outcome == Outcome.CallerError ? 400 : stands,
            Code = code,
            Type = type == "error" ? null : type,
            Param = ProviderText.Word(error.Member("param"u8)),
        };
    }

    public static ProviderFault Bad(string message) => new(Outcome.BadAnswer, message) { Status = 200 };
}

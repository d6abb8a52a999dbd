using System.Text.Json;
using System.Text.Unicode;
using Holdfast.Failover;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>What went wrong at Anthropic, from a status and its body or from an error inside a 200.</summary>
internal static class AnthropicErrors
{
    /// <summary>Classifies an answer that has no 2xx status.</summary>
    public static ProviderFault Read(int status, ReadOnlySpan<byte> body)
    {
        if (!Utf8.IsValid(body))
        {
            return Unreadable(status);
        }

        using var tape = new JsonTape(body.Length);
        try
        {
            var error = tape.Read(body).Member("error"u8);
            if (error.IsObject)
            {
                return Classify(error, status);
            }
        }
        catch (JsonException)
        {
            // HTML of a proxy in between, or a cut body: the status still says what happened.
        }

        return Unreadable(status);
    }

    /// <summary>
    /// Classifies an error inside a 200: its type means what the same type means as a status, because Anthropic
    /// sends it in-band only since the headers were already gone.
    /// </summary>
    public static ProviderFault InBand(JsonView error) =>
        error.IsObject ? Classify(error, null) : Faults.BadAnswer("The provider sent an error event without an error.");

    private static ProviderFault Classify(JsonView error, int? answered)
    {
        var type = error.Member("type"u8);
        var message = error.Member("message"u8);
        var code = error.Member("details"u8).Member("error_code"u8);
        var status = answered ?? StatusFor(type);
        var outcome = OutcomeFor(status, type, message, code);
        return new ProviderFault(outcome, ProviderText.Message(message) ?? ProviderText.WithoutText(status))
        {
            Status = status,
            Type = ProviderText.Word(type),
            Code = ProviderText.Word(code),
        };
    }

    private static Outcome OutcomeFor(int status, JsonView type, JsonView message, JsonView code)
    {
        var noCredit = status == 400 && message.Text.IndexOf("credit balance is too low"u8) >= 0;
        var spent = status == 429 && code.Says("enforced_spend_limit_reached"u8);
        if (noCredit || spent || (status is >= 400 and < 500 && type.Says("billing_error"u8)))
        {
            return Outcome.Quota;
        }

        return status == 400 && type.Says("authentication_error"u8) ? Outcome.Auth : StatusOutcomes.For(status);
    }

    private static int StatusFor(JsonView type) =>
        type.Says("overloaded_error"u8) ? 529
        : type.Says("rate_limit_error"u8) ? 429
        : type.Says("invalid_request_error"u8) ? 400
        : type.Says("authentication_error"u8) ? 401
        : type.Says("billing_error"u8) ? 402
        : type.Says("permission_error"u8) ? 403
        : type.Says("not_found_error"u8) ? 404
        : type.Says("request_too_large"u8) ? 413
        : type.Says("timeout_error"u8) ? 504
        : 500;

    private static ProviderFault Unreadable(int status) =>
        new(StatusOutcomes.For(status), ProviderText.WithoutText(status)) { Status = status };
}

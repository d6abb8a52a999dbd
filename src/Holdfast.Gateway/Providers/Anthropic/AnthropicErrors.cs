using System.Text.Json;
using System.Text.Unicode;
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
        var type = ProviderText.Word(error.Member("type"u8));
        var code = ProviderText.Word(error.Member("details"u8).Member("error_code"u8));
        var message = ProviderText.Message(error.Member("message"u8));
        var status = answered ?? ErrorTables.Anthropic.StatusOf(type, otherwise: 500);
        var outcome = ErrorTables.Anthropic.OutcomeOf(status, type, code, message);
        return new ProviderFault(outcome, message ?? ProviderText.WithoutText(status))
        {
            Status = status, Type = type, Code = code,
        };
    }

    private static ProviderFault Unreadable(int status) =>
        new(StatusOutcomes.For(status), ProviderText.WithoutText(status)) { Status = status };
}

using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Holdfast.Failover;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>What went wrong at Anthropic, from a status and its body or from an error inside a 200.</summary>
internal static class AnthropicErrors
{
    /// <summary>Characters of the provider's own text that are kept.</summary>
    public const int MaxMessageLength = 2000;

    private const int MaxWordLength = 100;

    /// <summary>Classifies an answer that has no 2xx status.</summary>
    public static ProviderFault Read(int status, ReadOnlySpan<byte> body)
    {
        if (!Utf8.IsValid(body))
        {
            return Unreadable(status);
        }

        try
        {
            var members = new JsonMembers(body);
            while (members.Next())
            {
                if (members.Name.SequenceEqual("error"u8) && members.Value.IsObject)
                {
                    return Classify(members.Value, status);
                }
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
        error.IsObject ? Classify(error, null) : BadAnswer("The provider sent an error event without an error.");

    public static ProviderFault BadAnswer(string message) => new(Outcome.BadAnswer, message);

    private static ProviderFault Classify(JsonView error, int? answered)
    {
        JsonView type = default, message = default, code = default;
        var members = error.Members();
        while (members.Next())
        {
            if (members.Name.SequenceEqual("type"u8))
            {
                type = members.Value;
            }
            else if (members.Name.SequenceEqual("message"u8))
            {
                message = members.Value;
            }
            else if (members.Name.SequenceEqual("details"u8) && members.Value.IsObject)
            {
                code = ErrorCode(members.Value);
            }
        }

        var status = answered ?? StatusFor(type);
        return new ProviderFault(OutcomeFor(status, type, message, code), TextOf(message, status))
        {
            Status = status,
            Type = WordOf(type),
            Code = WordOf(code),
        };
    }

    private static JsonView ErrorCode(JsonView details)
    {
        var members = details.Members();
        while (members.Next())
        {
            if (members.Name.SequenceEqual("error_code"u8))
            {
                return members.Value;
            }
        }

        return default;
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
        new(StatusOutcomes.For(status), WithoutText(status)) { Status = status };

    private static string WithoutText(int status) =>
        $"The provider answered with status {status} and no readable error.";

    private static string TextOf(JsonView message, int status)
    {
        if (!message.TryUnescape(out var text) || text.IsEmpty)
        {
            return WithoutText(status);
        }

        return Bounded(text, MaxMessageLength);
    }

    private static string? WordOf(JsonView word) =>
        word.TryUnescape(out var text) && !text.IsEmpty ? Bounded(text, MaxWordLength) : null;

    private static string Bounded(ReadOnlySpan<byte> text, int length)
    {
        // No character takes more than three bytes of UTF-8 per UTF-16 unit: more than that is never decoded.
        var kept = Encoding.UTF8.GetString(text[..Math.Min(text.Length, length * 3)]);
        if (kept.Length <= length)
        {
            return kept;
        }

        return kept[..(char.IsHighSurrogate(kept[length - 1]) ? length - 1 : length)];
    }
}

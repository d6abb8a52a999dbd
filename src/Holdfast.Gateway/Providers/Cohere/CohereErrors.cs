using Holdfast.Failover;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Cohere;

/// <summary>What went wrong at Cohere: a status, and <c>{"id","message"}</c>.</summary>
internal static class CohereErrors
{
    /// <summary>Classifies an answer that has no 2xx status.</summary>
    public static ProviderFault Read(int status, ReadOnlySpan<byte> body)
    {
        var message = ProviderText.MessageIn(body, "message"u8);
        return new ProviderFault(OutcomeFor(status, message), message ?? ProviderText.WithoutText(status))
        {
            Status = status,
        };
    }

    private static Outcome OutcomeFor(int status, string? message) => status switch
    {
        // A trial key's calls of a month are used up; those of a minute come back.
        429 when message?.Contains("/ month", StringComparison.Ordinal) == true => Outcome.Quota,
        498 => Outcome.Auth,
        499 => Outcome.ServerError,
        _ => StatusOutcomes.For(status),
    };
}

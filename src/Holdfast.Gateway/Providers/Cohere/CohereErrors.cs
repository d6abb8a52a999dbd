using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Cohere;

/// <summary>What went wrong at Cohere: a status, and <c>{"id","message"}</c>.</summary>
internal static class CohereErrors
{
    /// <summary>Classifies an answer that has no 2xx status.</summary>
    public static ProviderFault Read(int status, ReadOnlySpan<byte> body)
    {
        var message = ProviderText.MessageIn(body, "message"u8);
        var outcome = ErrorTables.Cohere.OutcomeOf(status, type: null, code: null, message);
        return new ProviderFault(outcome, message ?? ProviderText.WithoutText(status)) { Status = status };
    }
}

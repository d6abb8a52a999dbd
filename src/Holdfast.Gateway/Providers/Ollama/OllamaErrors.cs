using Holdfast.Failover;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Ollama;

/// <summary>What went wrong at Ollama: a status, and <c>{"error":"…"}</c>; in a stream the latter alone.</summary>
internal static class OllamaErrors
{
    /// <summary>Classifies an answer that has no 2xx status.</summary>
    public static ProviderFault Read(int status, ReadOnlySpan<byte> body)
    {
        var message = ProviderText.MessageIn(body, "error"u8);

        // Its cloud has limits for hours and weeks; they are an account's, not a moment's.
        var isSpent = status == 429 && message?.Contains("usage limit", StringComparison.Ordinal) == true;
        return new ProviderFault(
            isSpent ? Outcome.Quota : StatusOutcomes.For(status), message ?? ProviderText.WithoutText(status))
        {
            Status = status,
        };
    }

    /// <summary>An error inside a 200.</summary>
    public static ProviderFault InBand(JsonView error) =>
        Faults.BadAnswer(ProviderText.Message(error) ?? "The provider sent an error inside a 200.");
}

using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Ollama;

/// <summary>What went wrong at Ollama: a status, and <c>{"error":"…"}</c>; in a stream the latter alone.</summary>
internal static class OllamaErrors
{
    /// <summary>Classifies an answer that has no 2xx status.</summary>
    public static ProviderFault Read(int status, ReadOnlySpan<byte> body)
    {
        var message = ProviderText.MessageIn(body, "error"u8);
        var outcome = ErrorTables.Ollama.OutcomeOf(status, type: null, code: null, message);
        return new ProviderFault(outcome, message ?? ProviderText.WithoutText(status)) { Status = status };
    }

    /// <summary>An error inside a 200.</summary>
    public static ProviderFault InBand(JsonView error) =>
        Faults.BadAnswer(ProviderText.Message(error) ?? "The provider sent an error inside a 200.");
}

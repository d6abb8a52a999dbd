using System.Text.Json;
using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Anthropic;

/// <summary>Reads Anthropic's answer to <c>POST /v1/messages/count_tokens</c>.</summary>
internal static class AnthropicTokenCount
{
    /// <summary>An answer without a fault when it tells a count.</summary>
    public static PlainAnswer Read(ReadOnlySpan<byte> body)
    {
        using var tape = new JsonTape(body.Length);
        try
        {
            if (tape.Read(body).Member("input_tokens"u8).TryGetInt64(out var tokens) && tokens >= 0)
            {
                return default;
            }
        }
        catch (JsonException)
        {
            // The same as one that tells no count.
        }

        return new PlainAnswer(
            default, default, Faults.BadAnswer("The provider's answer has no token count."));
    }
}

using System.Text.Json;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Providers;

/// <summary>The cheapest call there is, for providers that can be asked in no other way: one token, nobody's.</summary>
internal static class ProbeCall
{
    private const string Id = "health-check";

    private static ReadOnlySpan<byte> Before => "{\"model\":\""u8;

    private static ReadOnlySpan<byte> After =>
        "\",\"max_tokens\":1,\"messages\":[{\"role\":\"user\",\"content\":\"ping\"}]}"u8;

    public static CallRequest Of(string model)
    {
        var name = JsonEncodedText.Encode(model).EncodedUtf8Bytes;
        byte[] body = [.. Before, .. name, .. After];
        // The name's quotation marks are its own.
        var start = Before.Length - 1;
        return new CallRequest
        {
            Id = Id,
            Dialect = Dialect.OpenAi,
            Operation = Operation.ChatCompletions,
            Body = body,
            Model = model,
            ModelValue = new Range(start, start + name.Length + 2),
            ObjectStart = 1,
        };
    }
}

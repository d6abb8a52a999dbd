using System.Text;
using System.Text.Json;
using Holdfast.Failover;
using Holdfast.Retrying;

namespace Holdfast.Gateway.Providers;

/// <summary>
/// Classifies the error bodies of OpenAI and of those who imitate it: <c>{"error":{…}}</c>, <c>{"error":"text"}</c>,
/// <c>{"detail":…}</c>, <c>{"message":…}</c>, HTML, nothing.
/// </summary>
internal static class OpenAiErrors
{
    /// <summary>Characters of a provider's message that are kept.</summary>
    internal const int LongestMessage = 2_000;

    private static readonly JsonDocumentOptions Bounded = new() { MaxDepth = 32 };

    /// <summary>Reads an answer with an error status.</summary>
    public static ProviderFault Read(ProviderType type, int status, ReadOnlySpan<byte> body)
    {
        var (message, errorType, code, param, delay, metadata) = Texts(body);
        var outcome = ErrorTables.OpenAi.OutcomeOf(status, errorType, code, message, type.Name, metadata);
        return new ProviderFault(outcome, message ?? $"the provider answered with status {status}")
        {
            Status = status, Type = errorType, Code = code, Param = param, RetryAfter = delay,
        };
    }

    /// <summary>Reads an error that stands inside a 200: always a bad answer by the table of outcomes.</summary>
    public static ProviderFault ReadInBand(ReadOnlySpan<byte> body)
    {
        var (message, errorType, code, param, _, _) = Texts(body);
        return new ProviderFault(Outcome.BadAnswer, message ?? "the provider sent an error inside a 200")
        {
            Status = 200, Type = errorType, Code = code, Param = param,
        };
    }

    private static (string? Message, string? Type, string? Code, string? Param, TimeSpan? Delay, string? Metadata)
        Texts(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = Bounded.MaxDepth });
            using var document = JsonDocument.ParseValue(ref reader);
            var root = document.RootElement;
            // Gemini's compatible face wraps its error in an array.
            if (root.ValueKind == JsonValueKind.Array && root.GetArrayLength() > 0)
            {
                root = root[0];
            }

            if (root.ValueKind != JsonValueKind.Object)
            {
                return default;
            }

            if (!root.TryGetProperty("error", out var error) || error.ValueKind == JsonValueKind.Null)
            {
                return (Text(root, "message") ?? Text(root, "detail"), Text(root, "type"), Text(root, "code"), null,
                    null, null);
            }

            return error.ValueKind == JsonValueKind.Object
                ? (Text(error, "message"), Text(error, "type") ?? Text(error, "status"), Text(error, "code"),
                    Text(error, "param"), RetryInfo(error), Metadata(error))
                : (Cut(error.ToString()), Text(root, "type"), Text(root, "code"), null, null, null);
        }
        catch (JsonException)
        {
            // HTML, plain text, nothing: the status alone speaks.
            return default;
        }
        catch (InvalidOperationException)
        {
            // A string that isn't UTF-8 cannot be read as text.
            return default;
        }
    }

    /// <summary>
    /// Gemini and Vertex send no retry-after; the delay is in <c>error.details[]</c>, as google.rpc.RetryInfo.
    /// </summary>
    private static TimeSpan? RetryInfo(JsonElement error)
    {
        if (!error.TryGetProperty("details", out var details) || details.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        foreach (var detail in details.EnumerateArray())
        {
            // A protobuf duration: seconds with decimals and an s, so it is measured from no instant.
            if (detail.ValueKind == JsonValueKind.Object && detail.TryGetProperty("retryDelay", out var text)
                && text.ValueKind == JsonValueKind.String && text.GetString() is [.., 's'] duration
                && RetryDelay.TryParseReset(duration, default, out var delay))
            {
                return delay;
            }
        }

        return null;
    }

    /// <summary>OpenRouter tells there what its moderation found in a prompt.</summary>
    private static string? Metadata(JsonElement error)
    {
        if (!error.TryGetProperty("metadata", out var metadata) || metadata.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        return metadata.TryGetProperty("flagged_input", out _) ? "flagged_input"
            : metadata.TryGetProperty("reasons", out _) ? "reasons"
            : null;
    }

    private static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
            ? Cut(value.ToString())
            : null;

    private static string Cut(string text)
    {
        if (text.Length <= LongestMessage)
        {
            return text;
        }

        return new StringBuilder(text, 0, LongestMessage, LongestMessage + 1).Append('…').ToString();
    }
}

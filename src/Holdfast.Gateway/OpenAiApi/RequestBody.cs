using Holdfast.Gateway.Calls;
using Microsoft.Net.Http.Headers;

namespace Holdfast.Gateway.OpenAiApi;

/// <summary>Reads a request's body once, into a pooled buffer, up to the configured size.</summary>
internal static class RequestBody
{
    private const int Step = 16 * 1024;

    /// <summary>Null when the content type is JSON.</summary>
    public static CallError? CheckType(HttpRequest request)
    {
        if (MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            && (type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
                || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase)))
        {
            return request.Headers.ContentEncoding.Count == 0
                ? null
                : new CallError(415, "invalid_request_error", "unsupported_encoding",
                    "Content-Encoding: must be absent; bodies are taken uncompressed");
        }

        return new CallError(415, "invalid_request_error", "unsupported_media_type",
            "Content-Type: must be application/json");
    }

    /// <summary>Null when the whole body is in <paramref name="into"/>.</summary>
    /// <exception cref="BadHttpRequestException">The body came too slowly, or isn't valid HTTP.</exception>
    public static async Task<CallError?> ReadAsync(
        HttpRequest request, PooledBuffer into, long limit, CancellationToken cancellation)
    {
        if (request.ContentLength > limit)
        {
            return TooLarge(limit);
        }

        while (true)
        {
            // In steps, whatever the announced length: only bytes that came may cost memory. No more than was
            // announced and one, because it is kept as long as its answer streams.
            var rest = (request.ContentLength ?? limit) - into.Length + 1;
            var room = (int)Math.Clamp(rest, 1, Step);
            var read = await request.Body.ReadAsync(into.GetMemory(room), cancellation);
            if (read == 0)
            {
                return null;
            }

            into.Advance(read);
            if (into.Length > limit)
            {
                return TooLarge(limit);
            }
        }
    }

    public static CallError TooLarge(long limit) => new(413, "invalid_request_error", "request_too_large",
        $"body: is larger than {limit} bytes (server.maxRequestBytes)");
}

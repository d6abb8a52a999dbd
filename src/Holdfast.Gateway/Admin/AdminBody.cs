using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.OpenAiApi;
using Holdfast.Gateway.Security;

namespace Holdfast.Gateway.Admin;

/// <summary>Reads the JSON body of an administrative request.</summary>
internal static class AdminBody
{
    /// <param name="http">The request; refused here when its body isn't as it should be.</param>
    /// <param name="server">Has the limit of the size.</param>
    /// <param name="shape">What is read.</param>
    /// <param name="allowed">What the body may be, for the error.</param>
    /// <param name="refuse">Writes the error.</param>
    /// <returns>Null: the request has been answered.</returns>
    /// <exception cref="BadHttpRequestException">The body came too slowly, or isn't valid HTTP.</exception>
    public static async Task<T?> ReadAsync<T>(
        HttpContext http, ServerOptions server, JsonTypeInfo<T> shape, string allowed, RefuseAsync refuse)
        where T : class
    {
        using var body = new PooledBuffer();
        var error = RequestBody.CheckType(http.Request)
            ?? await RequestBody.ReadAsync(http.Request, body, server.MaxRequestBytes, http.RequestAborted);
        if (error is not null)
        {
            await refuse(http, error);
            return null;
        }

        try
        {
            if (JsonSerializer.Deserialize(body.WrittenSpan, shape) is { } value)
            {
                return value;
            }
        }
        catch (JsonException wrong)
        {
            // Its message names types of ours; its place is all that helps.
            allowed += wrong.Path is { Length: > 1 } path ? $" (wrong at {HeaderText.Encode(path)})" : "";
        }

        await refuse(http, CallError.Invalid("invalid_json", $"body: must be {allowed}"));
        return null;
    }
}

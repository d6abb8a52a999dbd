using System.Buffers;
using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Routing;
using Holdfast.Gateway.Security;
using Microsoft.AspNetCore.Http.Features;

namespace Holdfast.Gateway.OpenAiApi;

/// <summary>
/// Reads a request to a path that the gateway knows nothing of: for which provider it is, and what of it goes on. The
/// provider is named by a header, and then nobody looks into the body; or by the <c>model</c> of a JSON body.
/// </summary>
internal static class PassThrough
{
    public const string ProviderHeader = "x-holdfast-provider";

    private const int LongestPath = 1024;
    private const int LongestQuery = 4096;
    private const int LongestHeader = 512;

    private static readonly FieldReader Nothing = static (ref Utf8JsonReader reader, ref CallFields _) =>
        CallFields.Pass(ref reader);

    // No escapes and no backslash: what is no separator here must not become one at the provider.
    private static readonly SearchValues<char> PathCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:@!$&'()*+,;=/");

    /// <summary>Reads what has to be known; a body that is only to be passed on stays unread.</summary>
    /// <param name="http">The request.</param>
    /// <param name="snapshot">The configuration in force.</param>
    /// <param name="body">Gets a body that names its provider.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public static async ValueTask<(PassedRequest? Passed, CallFields Fields, CallError? Error)> ReadAsync(
        HttpContext http, GatewaySnapshot snapshot, PooledBuffer body, CancellationToken cancellation)
    {
        var request = http.Request;
        var error = PathOf(request, snapshot.Access, out var path)
            ?? CheckBody(request, snapshot.Server.MaxRequestBytes);
        if (error is not null)
        {
            return (null, default, error);
        }

        var hasBody = http.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != false
            && request.ContentLength != 0;
        var passed = new PassedRequest(HttpMethod.Parse(request.Method), path)
        {
            Accept = Printable(request.Headers.Accept.ToString()),
            ContentType = hasBody ? Printable(request.ContentType) : null,
            MaxBytes = snapshot.Server.MaxRequestBytes,
        };
        if (request.Headers[ProviderHeader] is { Count: > 0 } named)
        {
            var area = $"{named}/{AreaOf(path)}";
            error = CheckNamed(snapshot.Routes, named.ToString(), area);
            return error is not null ? (null, default, error)
                : (passed with { Content = hasBody ? request.Body : null, ContentLength = request.ContentLength },
                    CallFields.Naming(area), null);
        }

        return !hasBody || RequestBody.CheckType(request) is not null
            ? (null, default, Unnamed(request))
            : await ReadNamingAsync(request, passed, body, cancellation);
    }

    private static CallError? CheckNamed(RouteTable routes, string provider, string area) =>
        !routes.Providers.Any(known => known.Name == provider) ? CallError.Invalid("invalid_value",
            $"{ProviderHeader}: '{HeaderText.Encode(provider)}' is not a configured provider", ProviderHeader)
        // What goes wrong at an odd path must not close the circuit that a model's calls go through.
        : routes.Look(area) is { IsConfigured: true } ? new CallError(404, "invalid_request_error", "unknown_path",
            $"'{HeaderText.Encode(area)}' is a model, and no part of a path")
        : null;

    private static CallError Unnamed(HttpRequest request) => new(404, "invalid_request_error", "unknown_path",
        $"there is nothing at {HeaderText.Encode(request.Path.Value ?? "")}; to have a provider answer there, name it "
        + $"in the header {ProviderHeader}, or as 'provider/model' in the 'model' of a JSON body");

    private static async ValueTask<(PassedRequest?, CallFields, CallError?)> ReadNamingAsync(
        HttpRequest request, PassedRequest passed, PooledBuffer body, CancellationToken cancellation)
    {
        var error = await RequestBody.ReadAsync(request, body, passed.MaxBytes, cancellation);
        if (error is not null)
        {
            return (null, default, error);
        }

        error = CallFields.TryRead(body.WrittenSpan, Nothing, out var fields);
        return error is not null ? (null, default, error)
            : fields.MissingModel is not null ? (null, default, Unnamed(request))
            : (passed, fields, null);
    }

    /// <summary>The path below <c>/v1/</c> with its query, fit to stand behind a provider's base URL.</summary>
    private static CallError? PathOf(HttpRequest request, AccessPolicy access, out string path)
    {
        const string Prefix = "/v1/";
        path = "";
        var whole = request.Path.Value ?? "";
        var rest = whole.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? whole[Prefix.Length..] : "";
        var segments = rest.Split('/');
        if (rest.Length is 0 or > LongestPath || rest.AsSpan().IndexOfAnyExcept(PathCharacters) >= 0
            || segments.Any(segment => NameOf(segment) is "" or "." or ".."))
        {
            return new CallError(404, "invalid_request_error", "unknown_path",
                $"there is nothing at {HeaderText.Encode(whole)}");
        }

        var query = request.QueryString.Value ?? "";
        if (query.Length > LongestQuery || !HeaderText.IsPrintable(query) || query.Contains(' ')
            || query.Contains('#'))
        {
            return CallError.Invalid("invalid_value", $"query: must be at most {LongestQuery} printable characters");
        }

        path = rest + query;
        return AddressSecrets.Find(request, path, access);
    }

    // To some servers what follows a semicolon is no part of a segment's name.
    private static string NameOf(string segment) => segment.Split(';')[0];

    private static CallError? CheckBody(HttpRequest request, long limit) =>
        request.Headers.ContentEncoding.Count > 0
            ? new CallError(415, "invalid_request_error", "unsupported_encoding",
                "Content-Encoding: must be absent; bodies are taken uncompressed")
        : request.ContentLength > limit ? RequestBody.TooLarge(limit)
        : null;

    /// <summary>What has a circuit of its own where no model is named: files, images, …</summary>
    private static string AreaOf(string path) => path.Split('/', '?')[0];

    private static string? Printable(string? value) =>
        value is { Length: > 0 and <= LongestHeader } && HeaderText.IsPrintable(value) ? value : null;
}

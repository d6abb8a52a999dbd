using System.Buffers;
using System.Security.Cryptography;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Security;

/// <summary>
/// What every request passes first: it gets its id, its Host and Origin are checked, and whatever goes wrong behind
/// ends in an error body instead of a bare status.
/// </summary>
internal sealed partial class FrontDoor(
    RequestDelegate next, Func<HostPolicy> policy, RefuseAsync refuse, ILogger<FrontDoor> logger)
{
    public const string RequestIdHeader = "x-request-id";

    private const int LongestRequestId = 128;

    private static readonly SearchValues<char> RequestIdCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    public async Task InvokeAsync(HttpContext http)
    {
        http.Response.Headers[RequestIdHeader] = http.TraceIdentifier = RequestId(http.Request);
        try
        {
            if (Check(http.Request) is { } error)
            {
                await refuse(http, error);
                return;
            }

            await next(http);
            if (!http.Response.HasStarted && http.Response is { ContentLength: null, StatusCode: >= 400 } response)
            {
                await refuse(http, OfStatus(http.Request, response.StatusCode));
            }
        }
        catch (Exception exception) when (http.RequestAborted.IsCancellationRequested
            && exception is OperationCanceledException or IOException)
        {
            // The caller left; there is nobody to tell.
        }
        catch (BadHttpRequestException bad) when (!http.Response.HasStarted)
        {
            await refuse(http, OfBadRequest(bad));
        }
        catch (Exception exception) when (!http.Response.HasStarted)
        {
            Failed(exception, http.TraceIdentifier);
            await refuse(http, new CallError(500, "server_error", "internal_error", "the gateway failed; see its log"));
        }
    }

    /// <summary>An id for a request that has none, or none that can be used.</summary>
    internal static string NewRequestId() => "req_" + RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <summary>What Kestrel found wrong with a request.</summary>
    internal static CallError OfBadRequest(BadHttpRequestException bad) => bad.StatusCode switch
    {
        408 => new CallError(408, "invalid_request_error", "request_timeout", "the body came too slowly"),
        413 => new CallError(413, "invalid_request_error", "request_too_large", "the body is too large"),
        var status => new CallError(
            status, "invalid_request_error", "invalid_request", "the request is not valid HTTP"),
    };

    private static CallError OfStatus(HttpRequest request, int status)
    {
        var path = HeaderText.Encode(request.Path.Value ?? "/");
        return status switch
        {
            404 => new CallError(404, "invalid_request_error", "unknown_path", $"there is nothing at {path}"),
            405 => new CallError(405, "invalid_request_error", "method_not_allowed",
                $"{path} does not take {HeaderText.Encode(request.Method)}"),
            _ => new CallError(status, "invalid_request_error", null, $"the request ended with status {status}"),
        };
    }

    private static string RequestId(HttpRequest request) =>
        request.Headers[RequestIdHeader] is [{ Length: > 0 and <= LongestRequestId } given]
        && given.AsSpan().IndexOfAnyExcept(RequestIdCharacters) < 0
            ? given
            : NewRequestId();

    private CallError? Check(HttpRequest request)
    {
        var allowed = policy();
        if (!allowed.ServesHost(request.Host.Host))
        {
            return new CallError(403, "permission_error", "host_not_allowed",
                $"Host: '{HeaderText.Encode(request.Host.Host)}' is not served here (see server.hosts)");
        }

        foreach (var origin in request.Headers.Origin)
        {
            if (origin is not null && !allowed.ServesOrigin(origin, request.Host.Value ?? ""))
            {
                return new CallError(403, "permission_error", "origin_not_allowed",
                    "Origin: this page may not call the gateway (see server.origins)");
            }
        }

        return null;
    }

    [LoggerMessage(30, LogLevel.Error, "request {RequestId} failed through a defect of the gateway")]
    private partial void Failed(Exception exception, string requestId);
}

/// <summary>Answers with an error in the shape of the face that the request was meant for.</summary>
internal delegate Task RefuseAsync(HttpContext http, CallError error);

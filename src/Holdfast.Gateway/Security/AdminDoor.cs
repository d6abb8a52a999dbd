using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Security;

/// <summary>
/// Administration is for who has the admin key, whether calls need a key or not: nothing below these paths, known or
/// unknown, answers anybody else.
/// </summary>
internal sealed class AdminDoor(RequestDelegate next, Func<AccessPolicy> access, RefuseAsync refuse)
{
    private static readonly PathString[] AdminPaths = ["/admin", "/failsafe"];

    public Task InvokeAsync(HttpContext http) =>
        !AdminPaths.Any(path => http.Request.Path.StartsWithSegments(path)) || access().IsAdmin(http.Request)
            ? next(http)
            : refuse(http, new CallError(401, "invalid_request_error", "invalid_api_key",
                "Authorization: the admin key is needed, as 'Bearer KEY'"));
}

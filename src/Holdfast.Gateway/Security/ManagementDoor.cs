using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Security;

/// <summary>
/// With <c>server.managementUrls</c> set, administration answers there only and calls answer elsewhere only; a path on
/// the wrong side isn't there.
/// </summary>
internal sealed class ManagementDoor(RequestDelegate next, Func<ServerOptions> server, RefuseAsync refuse)
{
    private static readonly PathString[] ManagementPaths = ["/admin", "/failsafe", "/metrics", "/health"];

    // Addresses are read at start only.
    private readonly HashSet<int> _ports = [.. server().ManagementUrls.Select(PortOf)];

    public Task InvokeAsync(HttpContext http)
    {
        if (_ports.Count == 0)
        {
            return next(http);
        }

        var isManagement = http.Request.Path == "/"
            || ManagementPaths.Any(path => http.Request.Path.StartsWithSegments(path));
        return isManagement == _ports.Contains(http.Connection.LocalPort)
            ? next(http)
            : refuse(http, new CallError(
                404, "invalid_request_error", "unknown_path", "there is nothing at this path"));
    }

    private static int PortOf(string url) =>
        int.TryParse(url.TrimEnd('/').Split(':')[^1], out var port) ? port : 80;
}

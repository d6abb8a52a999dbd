using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;

namespace Holdfast.Gateway;

/// <summary>
/// The paths below <c>/v1</c> that are the gateway's own. Whatever else is there passes through, but what is only
/// called in a wrong way doesn't.
/// </summary>
internal sealed class OwnPaths(IEndpointRouteBuilder app)
{
    // Kept free for what is to come; a provider must not answer there meanwhile.
    private static readonly PathString Reserved = "/v1/async";

    // TRACE would have a provider repeat its key, and CONNECT fails before it is sent, as if nobody were there.
    private static readonly string[] Passing = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

    private readonly Lazy<(TemplateMatcher Path, IReadOnlyList<string> Methods)[]> _own = new(() =>
    [
        .. from endpoint in app.DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
           let methods = endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods
           let path = endpoint.RoutePattern.RawText ?? ""
           where methods is not null && path.StartsWith("/v1/", StringComparison.Ordinal)
           select (new TemplateMatcher(TemplateParser.Parse(path.TrimStart('/')), []), methods),
    ]);

    /// <summary>Refuses a request that is no other path's, or may not pass; true when it has.</summary>
    public bool Refuses(HttpContext http)
    {
        var path = http.Request.Path;
        if (path.StartsWithSegments(Reserved))
        {
            http.Response.StatusCode = 404;
            return true;
        }

        string[] methods =
        [
            .. _own.Value.Where(own => own.Path.TryMatch(path, [])).SelectMany(own => own.Methods).Distinct(),
        ];
        if (methods.Length == 0 && Passing.Contains(http.Request.Method))
        {
            return false;
        }

        http.Response.StatusCode = 405;
        http.Response.Headers.Allow = string.Join(", ", methods.Length > 0 ? methods : Passing);
        return true;
    }
}

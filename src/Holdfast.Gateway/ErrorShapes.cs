using Holdfast.Gateway.Calls;
using Holdfast.Gateway.OpenAiApi;

namespace Holdfast.Gateway;

/// <summary>Chooses the shape of an error by the path that was asked for.</summary>
internal static class ErrorShapes
{
    public static Task WriteAsync(HttpContext http, CallError error) =>
        http.Request.Path.StartsWithSegments("/v1")
            ? OpenAiErrorBody.WriteAsync(http, error)
            : ProblemBody.WriteAsync(http, error);
}

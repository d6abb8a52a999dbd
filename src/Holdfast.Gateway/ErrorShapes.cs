using Holdfast.Gateway.AnthropicApi;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.OpenAiApi;

namespace Holdfast.Gateway;

/// <summary>Chooses the shape of an error by what was asked for.</summary>
internal static class ErrorShapes
{
    public static Task WriteAsync(HttpContext http, CallError error) =>
        IsAnthropics(http.Request) ? AnthropicErrorBody.WriteAsync(http, error)
        : http.Request.Path.StartsWithSegments("/v1") ? OpenAiErrorBody.WriteAsync(http, error)
        : ProblemBody.WriteAsync(http, error);

    private static bool IsAnthropics(HttpRequest request) => request.Path.StartsWithSegments("/v1/messages")
        || (request.Path.StartsWithSegments("/v1/models") && AnthropicModelsEndpoint.IsMeant(request));
}

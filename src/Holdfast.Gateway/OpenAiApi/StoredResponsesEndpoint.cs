using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Routing;
using Holdfast.Gateway.Security;

namespace Holdfast.Gateway.OpenAiApi;

/// <summary>
/// What can be asked about a response of before. The gateway keeps none, and an id doesn't tell which provider does: a
/// caller that names the provider is passed on to it.
/// </summary>
internal sealed class StoredResponsesEndpoint(Func<GatewaySnapshot> snapshots, CallEndpoint calls)
{
    /// <summary>
    /// <c>GET</c> and <c>DELETE /v1/responses/{id}</c>, <c>GET …/input_items</c>, <c>POST …/cancel</c>
    /// </summary>
    public Task HandleAsync(HttpContext http)
    {
        if (http.Request.Headers[PassThrough.ProviderHeader].Count > 0)
        {
            return calls.HandleAsync(http, OpenAiFace.PassThrough);
        }

        var snapshot = snapshots();
        return OpenAiErrorBody.WriteAsync(http, !snapshot.Access.MayCall(http.Request) ? AccessPolicy.KeyNeeded
            : snapshot.Routes.Providers.Any(provider => provider.Type.ResponsesPath.Length > 0) ? NameTheProvider
            : NeverKept);
    }

    private static CallError NeverKept => new(404, "invalid_request_error", "response_not_found",
        "response_id: no response is kept: none of the configured providers has a Responses API of its own");

    private static CallError NameTheProvider => new(501, "invalid_request_error", "unsupported_operation",
        $"the gateway keeps no responses: name the provider that answered in the header {PassThrough.ProviderHeader}");
}

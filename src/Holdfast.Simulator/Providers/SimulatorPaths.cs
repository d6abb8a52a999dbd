using Holdfast.Simulator.Anthropic;
using Holdfast.Simulator.Bedrock;
using Holdfast.Simulator.Control;
using Holdfast.Simulator.Gemini;
using Holdfast.Simulator.OpenAi;
using Microsoft.AspNetCore.Http.Features;

namespace Holdfast.Simulator.Providers;

/// <summary>Brings a request to its place by hand; a routing table for a dozen paths would cost more than it gives.
/// </summary>
internal sealed class SimulatorPaths(ProviderRegistry providers, TimeProvider time)
{
    private const string Deployments = "/openai/deployments/";
    private const string Chat = "/chat/completions";
    private const string Embeddings = "/embeddings";

    private readonly ControlEndpoints _control = new(providers);
    private readonly MediaEndpoints _media = new(time);

    public Task RunAsync(HttpContext context)
    {
        var path = context.Request.Path.Value ?? "/";
        if (providers.FindByPort(context.Connection.LocalPort) is { } own)
        {
            return ServeAsync(context, own, path);
        }

        var slash = path.IndexOf('/', 1);
        var first = slash < 0 ? path.AsSpan(1) : path.AsSpan(1, slash - 1);
        var rest = slash < 0 ? "/" : path[slash..];
        if (providers.Find(first) is { } state)
        {
            return ServeAsync(context, state, rest);
        }

        return first is "control" ? _control.RunAsync(context, rest) : NotFoundAsync(context);
    }

    private static Task NotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = 404;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync("Not here. See /control for the providers and where they answer.\n");
    }

    private Task ServeAsync(HttpContext context, ProviderState state, string path)
    {
        var (method, flavour) = (context.Request.Method, state.Flavour);
        var deployment = flavour.Name == "azure" ? DeploymentIn(path) : null;
        var generate = flavour.IsGoogle ? GenerateCall.Find(path) : null;
        var format = FormatOf(flavour, path);
        var asks = WishIn(flavour, path);
        var converse = flavour.IsAmazon ? ConverseCall.Find(RawPath(context)) : null;
        var isCall = deployment is not null || generate is not null || converse is not null || asks is not null
            || format != ChatFormat.Other
            || (flavour.Name == "cohere" && path == "/compatibility/v1/chat/completions")
            || (flavour.IsAmazon && path == "/openai/v1/chat/completions")
            || (flavour.IsGoogle && path == "/v1beta/openai/chat/completions")
            || path == (flavour.IsAnthropic ? "/v1/messages" : "/v1/chat/completions")
            || (flavour.Name == "azure" && path == "/openai/v1/chat/completions");
        // Others have chats only.
        var isResponse = path == "/v1/responses" ? flavour.Name == "openai"
            : path == "/openai/v1/responses" && flavour.Name == "azure";
        isCall |= isResponse;
        var isModels = path == "/v1/models" || (flavour.IsGoogle && path == "/v1beta/models")
            || (flavour.Name == "ollama" && path == "/api/tags")
            || path.StartsWith("/v1/models/", StringComparison.Ordinal);
        if (isCall && HttpMethods.IsPost(method) && !LacksVersion(context, deployment))
        {
            return new Exchange(state, context, time, deployment)
            {
                Generate = generate, Converse = converse, Format = format, Asks = asks, IsResponse = isResponse,
            }.RunAsync();
        }

        if (isModels && HttpMethods.IsGet(method))
        {
            var model = path.StartsWith("/v1/models/", StringComparison.Ordinal)
                ? Uri.UnescapeDataString(path[11..]) : null;
            return ModelList.SendAsync(state, context, time, model);
        }

        if (flavour.IsAnthropic && path == TokenCount.Path && HttpMethods.IsPost(method))
        {
            return TokenCount.SendAsync(state, context, time);
        }

        if (MediaEndpoints.Find(flavour, path) is { } media)
        {
            return _media.RunAsync(state, context, media);
        }

        var wrongMethod = (isCall && !HttpMethods.IsPost(method)) || isModels;
        var status = wrongMethod ? 405 : 404;
        context.Response.Headers.Allow = wrongMethod ? (isCall ? "POST" : "GET") : default;
        var message = wrongMethod ? $"Method {method} is not allowed here." : $"Nothing answers at {path}.";
        var type = flavour.IsAnthropic && status == 404 ? "not_found_error" : "invalid_request_error";
        return new Exchange(state, context, time, null).SendAsync(new Problem(status, type, null, message));
    }

    private static string RawPath(HttpContext context) =>
        (context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "/").Split('?')[0];

    private static ChatFormat FormatOf(Flavour flavour, string path) => (flavour.Name, path) switch
    {
        ("cohere", "/v2/chat" or "/v1/chat") => ChatFormat.Cohere,
        ("ollama", "/api/chat") => ChatFormat.Ollama,
        _ => ChatFormat.Other,
    };

    /// <summary>What is asked about an <c>input</c>; null where the path is of no such call.</summary>
    private static InputWish? WishIn(Flavour flavour, string path)
    {
        var isDeployed = flavour.Name == "azure" && path.StartsWith(Deployments, StringComparison.Ordinal)
            && path.EndsWith(Embeddings, StringComparison.Ordinal);
        InputWish? wish = isDeployed ? InputWish.Embeddings : path switch
        {
            "/v1/embeddings" or "/v1beta/openai/embeddings" or "/compatibility/v1/embeddings" => InputWish.Embeddings,
            "/v1/moderations" => InputWish.Moderations,
            _ => null,
        };
        return wish is { } asked && flavour.Inputs.Contains(asked) ? asked : null;
    }

    private static string? DeploymentIn(string path)
    {
        var operation = path.EndsWith(Embeddings, StringComparison.Ordinal) ? Embeddings : Chat;
        return path.StartsWith(Deployments, StringComparison.Ordinal)
            && path.EndsWith(operation, StringComparison.Ordinal)
            && path.Length > Deployments.Length + operation.Length
                ? path[Deployments.Length..^operation.Length] : null;
    }

    private static bool LacksVersion(HttpContext context, string? deployment) =>
        deployment is not null && !context.Request.Query.ContainsKey("api-version");
}

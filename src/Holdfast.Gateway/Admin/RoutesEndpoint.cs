using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.OpenAiApi;
using Holdfast.Gateway.Routing;
using Holdfast.Gateway.Security;
using Holdfast.Modes;

namespace Holdfast.Gateway.Admin;

/// <summary>
/// <c>POST /admin/routes/explain</c>: what a call of a model would do now, and why. It takes nothing: no permit, no
/// draw, no state for a target that nobody has called.
/// </summary>
internal sealed class RoutesEndpoint(
    Func<RouteTable> routes, TargetOrder orders, OperationModes modes, Func<ServerOptions> server, RefuseAsync refuse)
{
    private const string Shape = """an object as {"model":"smart"}, with "strategy" if another one is meant""";

    public async Task ExplainAsync(HttpContext http)
    {
        if (await AdminBody.ReadAsync(http, server(), AdminJson.Default.ExplainRequest, Shape, refuse)
            is not { } request)
        {
            return;
        }

        if (request.Model is not { Length: > 0 } model)
        {
            await refuse(http, CallError.Invalid("missing_field", $"model: is missing; the body must be {Shape}"));
            return;
        }

        var strategy = default(FailoverStrategy);
        if (request.Strategy is { } word && !CallerWishes.IsStrategy(word, out strategy))
        {
            await refuse(http, CallError.Invalid("invalid_value", $"strategy: must be {CallerWishes.Strategies}"));
            return;
        }

        var table = routes();
        if (table.Look(model) is not { } route)
        {
            var names = string.Join(", ", table.Routes.Select(known => known.Name));
            await refuse(http, new CallError(404, "invalid_request_error", "model_not_found",
                $"model: '{HeaderText.Encode(model)}' does not exist (there are: {names}; "
                + "or provider/model with one of these providers: "
                + $"{string.Join(", ", table.Providers.Select(provider => provider.Name))})"));
            return;
        }

        await JsonAnswer.WriteAsync(http, RouteExplanation.Of(
            model, route, request.Strategy is null ? route.Strategy : strategy, orders, modes.Mode),
            AdminJson.Default.RouteExplanation);
    }
}

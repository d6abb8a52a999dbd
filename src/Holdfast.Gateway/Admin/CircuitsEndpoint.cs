using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Routing;
using Holdfast.Gateway.Security;

namespace Holdfast.Gateway.Admin;

/// <summary><c>/admin/circuits</c>: shows the circuit breakers, and takes targets out and back in by hand.</summary>
internal sealed class CircuitsEndpoint(
    Func<RouteTable> routes, TargetStates states, Func<ServerOptions> server, RefuseAsync refuse)
{
    private const string Shape =
        """an object as {"provider":"openai","model":"gpt-4o"}; without model all its models""";

    // A provider may have a thousand that callers made up.
    private const int MostNamed = 20;

    public Task ListAsync(HttpContext http) =>
        AnswerAsync(http, routes().Providers.SelectMany(provider => states.Of(provider.Name)));

    public Task IsolateAsync(HttpContext http) => ChangeAsync(http, states.Isolate);

    public Task ResetAsync(HttpContext http) => ChangeAsync(http, (provider, model) =>
    {
        var reset = states.Reset(provider, model);
        if (model is null || reset.Count > 0)
        {
            Release(provider);
        }

        return reset;
    });

    private static Task AnswerAsync(HttpContext http, IEnumerable<TargetState> targets) =>
        JsonAnswer.WriteAsync(http, CircuitReports.Of(targets), AdminJson.Default.CircuitReports);

    // Back in is back in: a target whose keys are held would still get no calls.
    private void Release(string provider)
    {
        foreach (var key in routes().Providers.First(known => known.Name == provider).Keys.Keys)
        {
            key.Release();
        }
    }

    private static CallError NotFound(string what, string name, IEnumerable<string> known)
    {
        var names = known.Take(MostNamed + 1).Select(HeaderText.Encode).ToList();
        var list = names.Count == 0 ? "none" : string.Join(", ", names.Take(MostNamed));
        return new CallError(404, "invalid_request_error", $"{what}_not_found",
            $"{what}: '{HeaderText.Encode(name)}' does not exist "
            + $"(there are: {list}{(names.Count > MostNamed ? ", …" : "")})");
    }

    private async Task ChangeAsync(HttpContext http, Func<string, string?, IReadOnlyList<TargetState>> change)
    {
        if (await AdminBody.ReadAsync(http, server(), AdminJson.Default.CircuitRequest, Shape, refuse)
            is not { } request)
        {
            return;
        }

        if (request.Provider is not { Length: > 0 } provider)
        {
            await refuse(http, CallError.Invalid("missing_field", $"provider: is missing; the body must be {Shape}"));
            return;
        }

        var providers = routes().Providers;
        if (providers.All(known => known.Name != provider))
        {
            await refuse(http, NotFound("provider", provider, providers.Select(known => known.Name)));
            return;
        }

        var changed = change(provider, request.Model);
        if (request.Model is { } model && changed.Count == 0)
        {
            await refuse(http, NotFound("model", model, states.Of(provider)
                .OrderByDescending(target => target.IsConfigured).Select(target => target.Model)));
            return;
        }

        await AnswerAsync(http, changed);
    }
}

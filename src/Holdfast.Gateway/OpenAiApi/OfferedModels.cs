using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Routing;

namespace Holdfast.Gateway.OpenAiApi;

/// <summary>
/// The names that a caller may send: the configured models, their targets as <c>provider/model</c>, and whatever else
/// the providers say they offer. Each once, with whose it is.
/// </summary>
internal sealed class OfferedModels(ModelCatalog catalog)
{
    private const string Owner = "holdfast";

    public async ValueTask<IReadOnlyList<(string Id, string Owner)>> ListAsync(
        RouteTable table, CancellationToken cancellation)
    {
        await catalog.RefreshAsync(table.Providers, cancellation);
        return
        [
            .. Configured(table).Concat(table.Providers.SelectMany(provider => catalog.Of(provider)
                .Select(model => (Id: $"{provider.Name}/{model}", Owner: provider.Name))))
                .DistinctBy(model => model.Id),
        ];
    }

    /// <summary>The model that a path's last part names; null when there is none.</summary>
    public async ValueTask<(string Id, string Owner)?> FindAsync(
        RouteTable table, string id, CancellationToken cancellation)
    {
        var name = Unescape(id);
        foreach (var model in Configured(table))
        {
            if (model.Id == name)
            {
                return model;
            }
        }

        var found = (await ListAsync(table, cancellation)).FirstOrDefault(model => model.Id == name);
        return found.Id is null ? null : found;
    }

    public static CallError Unknown(string id) => new(404, "invalid_request_error", "model_not_found",
        $"model: '{HeaderText.Encode(Unescape(id))}' does not exist (GET /v1/models lists those that do)")
    {
        Param = "model",
    };

    // Clients escape the slash of provider/model, and the server leaves that one escape as it is.
    private static string Unescape(string id) => id.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<(string Id, string Owner)> Configured(RouteTable table) =>
        table.Routes.Select(route => (route.Name, Owner)).Concat(table.Routes.SelectMany(route => route.Targets)
            .Select(target => (target.ToString(), target.Provider.Name)));
}

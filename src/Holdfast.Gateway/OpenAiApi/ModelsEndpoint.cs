using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Routing;
using Holdfast.Gateway.Security;

namespace Holdfast.Gateway.OpenAiApi;

/// <summary>
/// <c>GET /v1/models</c> and <c>/v1/models/{id}</c>: the names that a caller may send — the configured models, then
/// their targets as <c>provider/model</c>.
/// </summary>
internal sealed class ModelsEndpoint(Func<RouteTable> routes, Func<AccessPolicy> access)
{
    private const string Owner = "holdfast";

    public async Task ListAsync(HttpContext http)
    {
        if (await IsRefusedAsync(http))
        {
            return;
        }

        var table = routes();
        using var body = new PooledBuffer();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("object"u8, "list"u8);
            json.WriteStartArray("data"u8);
            foreach (var (id, owner) in Models(table))
            {
                WriteModel(json, id, owner, table);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        await AnswerAsync(http, body);
    }

    public async Task GetAsync(HttpContext http, string id)
    {
        if (await IsRefusedAsync(http))
        {
            return;
        }

        var table = routes();
        if (Find(table, id) is not { } known)
        {
            await OpenAiErrorBody.WriteAsync(http, Unknown(id));
            return;
        }

        using var body = new PooledBuffer();
        using (var json = new Utf8JsonWriter(body))
        {
            WriteModel(json, known.Id, known.Owner, table);
        }

        await AnswerAsync(http, body);
    }

    /// <summary>The model that a path's last part names; null when there is none.</summary>
    public static (string Id, string Owner)? Find(RouteTable table, string id)
    {
        var name = Unescape(id);
        var known = Models(table).FirstOrDefault(model => model.Id == name);
        return known.Id is null ? null : known;
    }

    public static CallError Unknown(string id) => new(404, "invalid_request_error", "model_not_found",
        $"model: '{HeaderText.Encode(Unescape(id))}' does not exist (GET /v1/models lists those that do)")
    {
        Param = "model",
    };

    // Clients escape the slash of provider/model, and the server leaves that one escape as it is.
    private static string Unescape(string id) => id.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    /// <summary>All names, each once, and whose they are.</summary>
    public static IEnumerable<(string Id, string Owner)> Models(RouteTable table) =>
        table.Routes.Select(route => (route.Name, Owner)).Concat(table.Routes.SelectMany(route => route.Targets)
            .Select(target => (target.ToString(), target.Provider.Name))).DistinctBy(model => model.Item1);

    private static void WriteModel(Utf8JsonWriter json, string id, string owner, RouteTable table)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, id);
        json.WriteString("object"u8, "model"u8);
        json.WriteNumber("created"u8, table.BuiltAt.ToUnixTimeSeconds());
        json.WriteString("owned_by"u8, owner);
        json.WriteEndObject();
    }

    private static async Task AnswerAsync(HttpContext http, PooledBuffer body)
    {
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body.WrittenMemory, http.RequestAborted);
    }

    private async Task<bool> IsRefusedAsync(HttpContext http)
    {
        if (access().MayCall(http.Request))
        {
            return false;
        }

        await OpenAiErrorBody.WriteAsync(http, AccessPolicy.KeyNeeded);
        return true;
    }
}

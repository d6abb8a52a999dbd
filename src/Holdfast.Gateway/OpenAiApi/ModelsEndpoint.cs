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
        // Clients escape the slash of provider/model, and the server leaves that one escape as it is.
        var name = id.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        var (known, owner) = Models(table).FirstOrDefault(model => model.Id == name);
        if (known is null)
        {
            await OpenAiErrorBody.WriteAsync(http, new CallError(404, "invalid_request_error", "model_not_found",
                $"model: '{HeaderText.Encode(name)}' does not exist (GET /v1/models lists those that do)")
            {
                Param = "model",
            });
            return;
        }

        using var body = new PooledBuffer();
        using (var json = new Utf8JsonWriter(body))
        {
            WriteModel(json, known, owner, table);
        }

        await AnswerAsync(http, body);
    }

    private static IEnumerable<(string Id, string Owner)> Models(RouteTable table) =>
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

        await OpenAiErrorBody.WriteAsync(http, new CallError(401, "invalid_request_error", "invalid_api_key",
            "Authorization: a valid key is needed, as 'Bearer KEY'"));
        return true;
    }
}

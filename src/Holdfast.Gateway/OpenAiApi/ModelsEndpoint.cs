using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Routing;
using Holdfast.Gateway.Security;

namespace Holdfast.Gateway.OpenAiApi;

/// <summary>
/// <c>GET /v1/models</c> and <c>/v1/models/{id}</c>: the names that a caller may send.
/// </summary>
internal sealed class ModelsEndpoint(OfferedModels offered, Func<RouteTable> routes, Func<AccessPolicy> access)
{
    public async Task ListAsync(HttpContext http)
    {
        if (await IsRefusedAsync(http))
        {
            return;
        }

        var table = routes();
        var models = await offered.ListAsync(table, http.RequestAborted);
        using var body = new PooledBuffer();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("object"u8, "list"u8);
            json.WriteStartArray("data"u8);
            foreach (var (id, owner) in models)
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
        if (await offered.FindAsync(table, id, http.RequestAborted) is not { } known)
        {
            await OpenAiErrorBody.WriteAsync(http, OfferedModels.Unknown(id));
            return;
        }

        using var body = new PooledBuffer();
        using (var json = new Utf8JsonWriter(body))
        {
            WriteModel(json, known.Id, known.Owner, table);
        }

        await AnswerAsync(http, body);
    }

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

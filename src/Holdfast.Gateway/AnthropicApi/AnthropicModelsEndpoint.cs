using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.OpenAiApi;
using Holdfast.Gateway.Routing;
using Holdfast.Gateway.Security;

namespace Holdfast.Gateway.AnthropicApi;

/// <summary>
/// <c>GET /v1/models</c> and <c>/v1/models/{id}</c> for Anthropic's clients: the same names, in their shape. All come
/// on one page.
/// </summary>
internal sealed class AnthropicModelsEndpoint(
    OfferedModels offered, Func<RouteTable> routes, Func<AccessPolicy> access)
{
    /// <summary>The request comes from a client of Anthropic's: those name a version, others never do.</summary>
    public static bool IsMeant(HttpRequest request) => request.Headers.ContainsKey("anthropic-version");

    public async Task ListAsync(HttpContext http)
    {
        if (await IsRefusedAsync(http))
        {
            return;
        }

        var table = routes();
        var models = (await offered.ListAsync(table, http.RequestAborted)).Select(model => model.Id).ToList();
        await AnswerAsync(http, json =>
        {
            json.WriteStartArray("data"u8);
            foreach (var id in models)
            {
                json.WriteStartObject();
                WriteModel(json, id, table);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteBoolean("has_more"u8, false);
            json.WriteString("first_id"u8, models.FirstOrDefault());
            json.WriteString("last_id"u8, models.LastOrDefault());
        });
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
            await AnthropicErrorBody.WriteAsync(http, OfferedModels.Unknown(id));
            return;
        }

        await AnswerAsync(http, json => WriteModel(json, known.Id, table));
    }

    private static void WriteModel(Utf8JsonWriter json, string id, RouteTable table)
    {
        json.WriteString("type"u8, "model"u8);
        json.WriteString("id"u8, id);
        json.WriteString("display_name"u8, id);
        json.WriteString("created_at"u8, table.BuiltAt.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", null));
    }

    private static async Task AnswerAsync(HttpContext http, Action<Utf8JsonWriter> write)
    {
        using var body = new PooledBuffer();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        AnthropicErrorBody.WriteRequestId(http);
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

        await AnthropicErrorBody.WriteAsync(http, AccessPolicy.KeyNeeded);
        return true;
    }
}

using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Json;
using Holdfast.Simulator.Providers;
using Holdfast.Simulator.Scenarios;
using Holdfast.Simulator.Wire;

namespace Holdfast.Simulator.Control;

/// <summary>
/// <c>/control</c>: reads counts and changes behaviour while the simulator runs. It answers the loopback only, and
/// only under a loopback name, so that a web page cannot reach it through a name of its own.
/// </summary>
internal sealed class ControlEndpoints(ProviderRegistry providers)
{
    public Task RunAsync(HttpContext context, string rest)
    {
        if (!IsLocal(context))
        {
            return SendErrorAsync(context, 403, ["control answers the loopback only"]);
        }

        var parts = rest.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0)
        {
            return HttpMethods.IsGet(context.Request.Method)
                ? SendAsync(context, 200, WriteAll)
                : SendErrorAsync(context, 405, ["allowed is GET"], "GET");
        }

        if (providers.Find(parts[0]) is not { } state)
        {
            var hint = NearestName.Of(parts[0], ProviderTable.Names) is { } near ? $"did you mean '{near}'? " : "";
            var known = string.Join(", ", ProviderTable.Names);
            return SendErrorAsync(context, 404, [$"'{parts[0]}' is not a provider: {hint}allowed is {known}"]);
        }

        return (parts.Length == 1 ? "" : string.Join('/', parts[1..]), context.Request.Method) switch
        {
            ("", "GET") => SendAsync(context, 200, json => Write(json, state)),
            ("", "PUT") => ChangeAsync(context, state),
            ("", _) => SendErrorAsync(context, 405, ["allowed is GET, PUT"], "GET, PUT"),
            ("last", "GET") => SendLastAsync(context, state),
            ("last", _) => SendErrorAsync(context, 405, ["allowed is GET"], "GET"),
            ("reset", "POST") => ResetAsync(context, state),
            ("reset", _) => SendErrorAsync(context, 405, ["allowed is POST"], "POST"),
            _ => SendErrorAsync(context, 404, [$"'{rest}' is not here: allowed is /control/{parts[0]}[/last|/reset]"]),
        };
    }

    private static bool IsLocal(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address)
        && context.Request.Host.Host is "localhost" or "127.0.0.1" or "[::1]";

    private async Task ChangeAsync(HttpContext context, ProviderState state)
    {
        if (await RequestBody.ReadAsync(context) is not { } body)
        {
            await SendErrorAsync(context, 413, ["the body is larger than 32 MB"]);
            return;
        }

        string text;
        using (body)
        {
            text = Encoding.UTF8.GetString(body.Memory.Span);
        }

        try
        {
            state.Set(BehaviourReader.Parse(text, state.Flavour.Name));
        }
        catch (ScenarioException error)
        {
            await SendErrorAsync(context, 400, error.Errors);
            return;
        }

        await SendAsync(context, 200, json => Write(json, state));
    }

    private Task ResetAsync(HttpContext context, ProviderState state)
    {
        state.Counters.Reset();
        return SendAsync(context, 200, json => Write(json, state));
    }

    private static Task SendLastAsync(HttpContext context, ProviderState state) => state.Last.ToJson() is { } last
        ? SendAsync(context, 200, json => json.WriteRawValue(last))
        : SendErrorAsync(context, 404, [$"{state.Flavour.Name} has had no request yet"]);

    private void WriteAll(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteStartArray("providers");
        foreach (var state in providers.All)
        {
            Write(json, state);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void Write(Utf8JsonWriter json, ProviderState state)
    {
        var counters = state.Counters.Read();
        json.WriteStartObject();
        json.WriteString("name", state.Flavour.Name);
        json.WriteString("dialect", state.Flavour.Dialect);
        json.WriteString("baseUrl", providers.UrlOf(state.Flavour.Name));
        json.WritePropertyName("behaviour");
        BehaviourWriter.Write(json, state.Plan.Behaviour);
        json.WriteStartObject("counters");
        json.WriteNumber("requests", counters.Requests);
        json.WriteNumber("succeeded", counters.Succeeded);
        json.WriteNumber("streams", counters.Streams);
        json.WriteNumber("completedStreams", counters.CompletedStreams);
        json.WriteNumber("clientGone", counters.ClientGone);
        json.WriteNumber("inFlight", counters.InFlight);
        json.WriteNumber("tokensIn", counters.TokensIn);
        json.WriteNumber("tokensOut", counters.TokensOut);
        json.WriteStartObject("failures");
        foreach (var (name, count) in counters.Failures)
        {
            json.WriteNumber(name, count);
        }

        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static Task SendErrorAsync(
        HttpContext context, int status, IReadOnlyList<string> errors, string? allow = null)
    {
        if (allow is not null)
        {
            context.Response.Headers.Allow = allow;
        }

        return SendAsync(context, status, json =>
        {
            json.WriteStartObject();
            json.WriteString("error", string.Join('\n', errors));
            json.WriteStartArray("errors");
            foreach (var error in errors)
            {
                json.WriteStringValue(error);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private static async Task SendAsync(HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var options = new JsonWriterOptions
        {
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        using (var json = new Utf8JsonWriter(buffer, options))
        {
            write(json);
        }

        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = buffer.WrittenCount;
        await context.Response.BodyWriter.WriteAsync(buffer.WrittenMemory, context.RequestAborted);
    }
}

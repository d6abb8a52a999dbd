using Holdfast.Simulator.Wire;

namespace Holdfast.Simulator.Providers;

/// <summary>Answers which models there are. Outages hold for it; failures, which belong to calls, don't.</summary>
internal static class ModelList
{
    private const long Created = 1_735_689_600;

    public static async Task SendAsync(ProviderState state, HttpContext context, TimeProvider time, string? model)
    {
        var exchange = new Exchange(state, context, time, null);
        if (state.Plan.OutageAt(time) is { } outage)
        {
            await exchange.ServeOutageAsync(outage.Mode);
            return;
        }

        var known = model is null || state.Flavour.Models.Contains(model);
        var problem = exchange.Refusal() ?? (known ? null : Problem.NoSuchModel(state.Flavour, model!));
        if (problem is not null)
        {
            await exchange.SendAsync(problem);
            return;
        }

        using var json = new JsonText();
        if (model is not null)
        {
            WriteModel(json, state.Flavour, model);
        }
        else
        {
            WriteAll(json, state.Flavour, isOllamas: context.Request.Path.Value!.EndsWith("/api/tags"));
        }

        await exchange.SendBodyAsync(200, "application/json", json.Memory);
    }

    private static void WriteAll(JsonText json, Flavour flavour, bool isOllamas)
    {
        json.Raw(flavour.IsAnthropic ? "{\"data\":["u8
            : flavour.IsGoogle || isOllamas ? "{\"models\":["u8
            : "{\"object\":\"list\",\"data\":["u8);
        for (var i = 0; i < flavour.Models.Length; i++)
        {
            json.Raw(i == 0 ? ""u8 : ","u8);
            if (isOllamas)
            {
                WriteTag(json, flavour.Models[i]);
            }
            else
            {
                WriteModel(json, flavour, flavour.Models[i]);
            }
        }

        json.Raw("]"u8);
        if (flavour.IsAnthropic)
        {
            json.Raw(""","has_more":false,"first_id":"""u8).String(flavour.Models[0])
                .Raw(""","last_id":"""u8).String(flavour.Models[^1]);
        }

        json.Raw("}"u8);
    }

    private static void WriteModel(JsonText json, Flavour flavour, string model)
    {
        if (flavour.IsAnthropic)
        {
            json.Raw("""{"type":"model","id":"""u8).String(model).Raw(""","display_name":"""u8).String(model)
                .Raw(""","created_at":"2025-01-01T00:00:00Z"}"""u8);
        }
        else if (flavour.IsGoogle)
        {
            json.Raw("""{"name":"""u8).String("models/" + model).Raw(""","displayName":"""u8).String(model)
                .Raw(""","supportedGenerationMethods":["generateContent","countTokens"]}"""u8);
        }
        else
        {
            json.Raw("""{"id":"""u8).String(model).Raw(""","object":"model","created":"""u8).Number(Created)
                .Raw(""","owned_by":"""u8).String(flavour.Name).Raw("}"u8);
        }
    }

    private static void WriteTag(JsonText json, string model) => json
        .Raw("""{"name":"""u8).String(model).Raw(""","model":"""u8).String(model)
        .Raw(""","modified_at":"2025-01-01T00:00:00Z","size":2019393189}"""u8);
}

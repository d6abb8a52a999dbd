using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.System.Tests.Clients;
using Holdfast.System.Tests.Gateway;

namespace Holdfast.System.Tests.Conformance;

/// <summary>Asks every provider for every feature of the Responses API, over a bare connection and by npm's client.
/// </summary>
internal sealed class ResponsesRun(GatewayFixture gateway, OpenAiSpecification specification)
{
    public const string Operation = "Responses";

    public static string PlaceOf(ConformingProvider provider, Feature feature) =>
        $"{Operation}/{provider.Type}/{feature.Name}";

    /// <summary>What was told about each feature of each provider.</summary>
    public async Task<IReadOnlyList<(ConformingProvider Provider, Feature Feature, List<Told> Told)>> AskAsync()
    {
        var rows = ConformingProvider.All
            .SelectMany(_ => ResponsesFeatures.All, (provider, feature) => (provider, feature, Told: new List<Told>()))
            .ToList();
        foreach (var (provider, feature, told) in rows)
        {
            told.Add(await Told.ByAsync("a plain call", () => PlainAsync(provider, feature)));
            told.Add(await Told.ByAsync("a stream", () => StreamedAsync(provider, feature)));
        }

        var npm = await AskNpmAsync(rows.SelectMany(row => new[] { "create", "stream" },
            (row, how) => (row.feature.Body(row.provider.Target), how)));
        for (var i = 0; i < rows.Count; i++)
        {
            rows[i].Told.Add(npm[2 * i]);
            rows[i].Told.Add(npm[(2 * i) + 1]);
        }

        return rows;
    }

    private async Task<Told> PlainAsync(ConformingProvider provider, Feature feature)
    {
        var (status, text) = await SendAsync(feature.Body(provider.Target));
        specification.Note(PlaceOf(provider, feature), status == 200 ? "Response" : "ErrorResponse", text);
        return status == 200
            ? Told.OfAnswer("a plain call", Seen.OfResponse(JsonElement.Parse(text)), feature, Sent(provider))
            : Told.OfError("a plain call", status, text);
    }

    private async Task<Told> StreamedAsync(ConformingProvider provider, Feature feature)
    {
        var body = feature.Body(provider.Target);
        body["stream"] = true;
        var (status, text) = await SendAsync(body);
        if (status != 200)
        {
            specification.Note(PlaceOf(provider, feature), "ErrorResponse", text);
            return Told.OfError("a stream", status, text);
        }

        var events = text.Split('\n').Where(line => line.StartsWith("data: {", StringComparison.Ordinal))
            .Select(line => line[6..]).ToList();
        events.ForEach(one => specification.Note(PlaceOf(provider, feature), "ResponseStreamEvent", one));
        var last = JsonElement.Parse(events[^1]);
        return last.TryGetProperty("response", out var response)
            ? new Told("a stream", Seen.OfResponse(response))
            : new Told("a stream", null, Wrong: $"a stream without its end: {text}");
    }

    private string Sent(ConformingProvider provider) =>
        JsonElement.Parse(gateway.Simulator.LastRequest(provider.Simulated)!).GetProperty("body").GetString()!;

    private async Task<(int Status, string Text)> SendAsync(JsonObject body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/responses")
        {
            Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"),
        };
        using var response = await gateway.Client.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private async Task<List<Told>> AskNpmAsync(IEnumerable<(JsonObject Body, string How)> calls)
    {
        var input = NpmClient.Options(new ClientSettings(gateway.Url));
        input["calls"] = new JsonArray([.. calls.Select(call => (JsonNode)new JsonObject
        {
            ["how"] = call.How, ["body"] = call.Body,
        })]);
        var outcomes = await NodeScript.RunAsync("responses.mjs", input);
        return [.. outcomes.EnumerateArray().Select(outcome => outcome.TryGetProperty("error", out var error)
            ? new Told("the npm client", null, error.GetProperty("status").GetInt32(),
                error.GetProperty("param").GetString(), error.GetRawText())
            : new Told("the npm client", Seen.OfResponse(outcome.GetProperty("response"))))];
    }
}

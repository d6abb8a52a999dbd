using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.System.Tests.Clients;
using Holdfast.System.Tests.Gateway;

namespace Holdfast.System.Tests.Conformance;

/// <summary>Asks every provider for embeddings and moderations, over a bare connection and by npm's client.</summary>
internal sealed class InputRun(GatewayFixture gateway, OpenAiSpecification specification)
{
    public const string Operation = "Embeddings and moderations";

    private const string Two = "\"input\":[\"Why do bridges stand?\",\"Unicode \\\"quoted\\\"\"]";

    private static readonly (string How, Feature Feature)[] Asked =
    [
        ("embeddings", new("embeddings: numbers", "encoding_format", "{" + Two + ",\"encoding_format\":\"float\"}")
        {
            Carried = ["bridges stand?"],
            Check = seen => Assert.Equal(2, seen.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length),
        }),
        ("embeddings", new("embeddings: base64", "encoding_format", "{" + Two + ",\"encoding_format\":\"base64\"}")
        {
            Check = seen => Assert.Equal(2, seen.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length),
        }),
        ("embeddings", new("embeddings: `dimensions`", "dimensions", "{" + Two + ",\"dimensions\":8}")
        {
            Check = seen => Assert.Equal("8 8 ", seen.Text),
        }),
        ("embeddings", new("embeddings: tokens", "input", """{"input":[[1,2,3],[4]]}""")),
        ("moderations", new("moderations", "", """{"input":["Have a nice day.","I will kill the lights."]}""")
        {
            Check = seen => Assert.Equal("False True ", seen.Text),
        }),
    ];

    public static string PlaceOf(ConformingProvider provider, Feature feature) =>
        $"{Operation}/{provider.Type}/{feature.Name}";

    /// <summary>What was told about each feature of each provider.</summary>
    public async Task<IReadOnlyList<(ConformingProvider Provider, Feature Feature, List<Told> Told)>> AskAsync()
    {
        var rows = ConformingProvider.All
            .SelectMany(_ => Asked, (provider, one) => (provider, one.Feature, one.How, Told: new List<Told>()))
            .ToList();
        foreach (var (provider, feature, how, told) in rows)
        {
            told.Add(await Told.ByAsync("a plain call", () => PlainAsync(provider, feature, how)));
        }

        var input = NpmClient.Options(new ClientSettings(gateway.Url));
        input["calls"] = new JsonArray([.. rows.Select(row => (JsonNode)new JsonObject
        {
            ["how"] = row.How, ["body"] = row.Feature.Body(row.provider.Target),
        })]);
        var outcomes = (await NodeScript.RunAsync("operations.mjs", input)).EnumerateArray().ToList();
        for (var i = 0; i < rows.Count; i++)
        {
            rows[i].Told.Add(outcomes[i].TryGetProperty("error", out var error)
                ? new Told("the npm client", null, error.GetProperty("status").GetInt32(),
                    error.GetProperty("param").GetString(), error.GetRawText())
                : new Told("the npm client", Seen.OfInput(outcomes[i].GetProperty("answer"))));
        }

        return [.. rows.Select(row => (row.provider, row.Feature, row.Told))];
    }

    private async Task<Told> PlainAsync(ConformingProvider provider, Feature feature, string how)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/{how}")
        {
            Content = new StringContent(
                feature.Body(provider.Target).ToJsonString(), Encoding.UTF8, "application/json"),
        };
        using var response = await gateway.Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        if (!response.IsSuccessStatusCode)
        {
            specification.Note(PlaceOf(provider, feature), "ErrorResponse", text);
            return Told.OfError("a plain call", (int)response.StatusCode, text);
        }

        // The specification knows vectors as numbers only.
        if (!text.Contains("\"embedding\":\"", StringComparison.Ordinal))
        {
            specification.Note(PlaceOf(provider, feature),
                how == "embeddings" ? "CreateEmbeddingResponse" : "CreateModerationResponse", text);
        }

        var sent = JsonElement.Parse(gateway.Simulator.LastRequest(provider.Simulated)!)
            .GetProperty("body").GetString()!;
        return Told.OfAnswer("a plain call", Seen.OfInput(JsonElement.Parse(text)), feature, sent);
    }
}

using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Anthropic;
using Holdfast.System.Tests.Clients;
using Holdfast.System.Tests.Gateway;
using Microsoft.Extensions.AI;

namespace Holdfast.System.Tests.Conformance;

/// <summary>Asks every provider for every feature of the Messages API, over a bare connection and by all clients.
/// </summary>
internal sealed class MessagesRun(GatewayFixture gateway)
{
    public const string Operation = "Messages";

    /// <summary>What was told about each feature of each provider.</summary>
    public async Task<IReadOnlyList<(ConformingProvider Provider, Feature Feature, List<Told> Told)>> AskAsync()
    {
        var rows = ConformingProvider.All
            .SelectMany(_ => MessagesFeatures.All, (provider, feature) => (provider, feature, Told: new List<Told>()))
            .ToList();
        foreach (var (provider, feature, told) in rows)
        {
            told.Add(await Told.ByAsync("a plain call", () => PlainAsync(provider, feature)));
        }

        var npm = await AskNpmAsync(rows.SelectMany(row => new[] { "create", "stream" },
            (row, how) => (row.feature.Body(row.provider.Target), how)));
        for (var i = 0; i < rows.Count; i++)
        {
            rows[i].Told.Add(npm[2 * i]);
            rows[i].Told.Add(npm[(2 * i) + 1]);
        }

        foreach (var (provider, _, told) in rows.Where(row => row.feature == MessagesFeatures.All[0]))
        {
            told.Add(await Told.ByAsync(
                "the .NET client", () => AskDotnetAsync(provider, told[0].Answer, streamed: false)));
            told.Add(await Told.ByAsync(
                "the .NET client, streamed", () => AskDotnetAsync(provider, told[0].Answer, streamed: true)));
        }

        return rows;
    }

    private async Task<Told> PlainAsync(ConformingProvider provider, Feature feature)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/messages")
        {
            Content = new StringContent(
                feature.Body(provider.Target).ToJsonString(), Encoding.UTF8, "application/json"),
        };
        using var response = await gateway.Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        if (!response.IsSuccessStatusCode)
        {
            return Told.OfError("a plain call", (int)response.StatusCode, text);
        }

        var sent = JsonElement.Parse(gateway.Simulator.LastRequest(provider.Simulated)!)
            .GetProperty("body").GetString()!;
        return Told.OfAnswer("a plain call", Seen.OfMessage(JsonElement.Parse(text)), feature, sent);
    }

    private async Task<List<Told>> AskNpmAsync(IEnumerable<(JsonObject Body, string How)> calls)
    {
        var outcomes = await NodeScript.RunAsync("messages.mjs", new JsonObject
        {
            ["baseURL"] = gateway.Url.ToString().TrimEnd('/'),
            ["apiKey"] = "a-caller",
            ["timeout"] = 30_000,
            ["maxRetries"] = 0,
            ["calls"] = new JsonArray([.. calls.Select(call => (JsonNode)new JsonObject
            {
                ["how"] = call.How, ["body"] = call.Body,
            })]),
        });
        return [.. outcomes.EnumerateArray().Select(outcome => outcome.TryGetProperty("error", out var error)
            ? new Told("the npm client", null, error.GetProperty("status").GetInt32(),
                FieldIn(error.GetProperty("message").GetString()!), error.GetRawText())
            : new Told("the npm client", Seen.OfMessage(outcome.GetProperty("message"))))];
    }

    /// <summary>The client's message is the status and the error's body.</summary>
    private static string FieldIn(string message)
    {
        var body = message.IndexOf('{', StringComparison.Ordinal);
        return body < 0 ? message : Told.OfError("", 400, message[body..]).Field!;
    }

    /// <summary>The .NET client's other type of chat, which tells less of its answers.</summary>
    private async Task<Told> AskDotnetAsync(ConformingProvider provider, Seen? expected, bool streamed)
    {
        using var client = new AnthropicClient
        {
            ApiKey = "a-caller", BaseUrl = gateway.Url.ToString(), MaxRetries = 0,
            Timeout = TimeSpan.FromSeconds(30),
        };
        using var chat = client.AsIChatClient(provider.Target, 400);
        var text = "";
        if (streamed)
        {
            await foreach (var update in chat.GetStreamingResponseAsync(Feature.Question))
            {
                text += update.Text;
            }
        }
        else
        {
            text = (await chat.GetResponseAsync(Feature.Question)).Text;
        }

        return new Told(streamed ? "the .NET client, streamed" : "the .NET client",
            (expected ?? new Seen("", "", null, null, null)) with { Text = text });
    }
}

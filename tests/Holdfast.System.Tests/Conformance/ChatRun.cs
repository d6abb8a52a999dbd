using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.System.Tests.Clients;
using Holdfast.System.Tests.Gateway;

namespace Holdfast.System.Tests.Conformance;

/// <summary>Asks every provider for every feature of chat completions, over a bare connection and by all clients.
/// </summary>
internal sealed class ChatRun(GatewayFixture gateway, OpenAiSpecification specification)
{
    public const string Operation = "Chat completions";

    private readonly ClientSettings _settings = new(gateway.Url);

    /// <summary>What was told about each feature of each provider, and what was missing on the way there.</summary>
    public async Task<IReadOnlyList<(ConformingProvider Provider, Feature Feature, List<Told> Told)>> AskAsync()
    {
        var rows = ConformingProvider.All
            .SelectMany(_ => ChatFeatures.All, (provider, feature) => (provider, feature, Told: new List<Told>()))
            .ToList();
        foreach (var (provider, feature, told) in rows)
        {
            var place = PlaceOf(provider, feature);
            told.Add(await Told.ByAsync("a plain call", () => PlainAsync(provider, feature, place)));
            told.Add(await Told.ByAsync("a stream", () => StreamedAsync(provider, feature, place)));
        }

        var npm = await AskNpmAsync(rows.SelectMany(row => new[] { false, true },
            (row, streamed) => (row.feature.Body(row.provider.Target), streamed)));
        for (var i = 0; i < rows.Count; i++)
        {
            rows[i].Told.Add(npm[2 * i]);
            rows[i].Told.Add(npm[(2 * i) + 1]);
        }

        foreach (var (provider, feature, told) in rows.Where(row => row.feature.IsTyped))
        {
            var body = feature.Body(provider.Target);
            told.Add(await Told.ByAsync("the .NET client", () => DotnetChat.PlainAsync(_settings, body)));
            told.Add(await Told.ByAsync(
                "the .NET client, streamed", () => DotnetChat.StreamedAsync(_settings, body)));
        }

        return rows;
    }

    public static string PlaceOf(ConformingProvider provider, Feature feature) =>
        $"{Operation}/{provider.Type}/{feature.Name}";

    private async Task<Told> PlainAsync(ConformingProvider provider, Feature feature, string place)
    {
        var (status, text) = await SendAsync(feature.Body(provider.Target));
        if (status != 200)
        {
            specification.Note(place, "ErrorResponse", text);
            return Told.OfError("a plain call", status, text);
        }

        specification.Note(place, "CreateChatCompletionResponse", text);
        var sent = JsonElement.Parse(gateway.Simulator.LastRequest(provider.Simulated)!)
            .GetProperty("body").GetString()!;
        return Told.OfAnswer("a plain call", Seen.OfCompletion(JsonElement.Parse(text)), feature, sent);
    }

    private async Task<Told> StreamedAsync(ConformingProvider provider, Feature feature, string place)
    {
        var (status, text) = await SendAsync(Streamed(feature.Body(provider.Target)));
        if (status != 200)
        {
            specification.Note(place, "ErrorResponse", text);
            return Told.OfError("a stream", status, text);
        }

        var events = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Where(one => one.StartsWith("data: ", StringComparison.Ordinal)).Select(one => one[6..]).ToList();
        if (events.Count == 0 || events[^1] != "[DONE]")
        {
            return new Told("a stream", null, Wrong: $"a stream without its end: {text}");
        }

        events.RemoveAt(events.Count - 1);
        events.ForEach(chunk => specification.Note(place, "CreateChatCompletionStreamResponse", chunk));
        return new Told("a stream", Seen.OfChunks(events.Select(chunk => JsonElement.Parse(chunk))));
    }

    private async Task<(int Status, string Text)> SendAsync(JsonObject body)
    {
        using var response = await gateway.PostAsync(body.ToJsonString());
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private async Task<List<Told>> AskNpmAsync(IEnumerable<(JsonObject Body, bool Streamed)> calls)
    {
        var input = NpmClient.Options(_settings);
        input["parallel"] = 4;
        input["calls"] = new JsonArray([.. calls.Select(call => (JsonNode)new JsonObject
        {
            ["body"] = call.Streamed ? Streamed(call.Body) : call.Body,
            ["runner"] = call.Streamed,
            ["details"] = true,
        })]);
        var outcomes = await NodeScript.RunAsync("chat.mjs", input);
        return [.. outcomes.EnumerateArray().Select(outcome => outcome.TryGetProperty("error", out var error)
            ? new Told("the npm client", null, error.GetProperty("status").GetInt32(),
                error.GetProperty("param").GetString(), error.GetRawText())
            : new Told("the npm client", Seen.OfCompletion(outcome.GetProperty("completion"))))];
    }

    private static JsonObject Streamed(JsonObject body)
    {
        body["stream"] = true;
        body["stream_options"] = new JsonObject { ["include_usage"] = true };
        return body;
    }
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Holdfast.System.Tests.Clients;
using Holdfast.System.Tests.Gateway;
using Xunit.Abstractions;

namespace Holdfast.System.Tests.Conformance;

/// <summary>
/// Real streams of real providers, torn at random places, mean behind the gateway what the provider's own client
/// reads in the original bytes. Clients read both sides; the gateway's code reads neither.
/// </summary>
[Trait("Category", "Conformance")]
public sealed class StreamReplayTests(ITestOutputHelper output)
{
    /// <summary>What a provider is set up with; all of them answer from one script.</summary>
    private static readonly Dictionary<string, string> Settings = new()
    {
        ["openai"] = "", ["groq"] = "", ["mistral"] = "", ["deepseek"] = "", ["perplexity"] = "", ["xai"] = "",
        ["openrouter"] = "", ["together"] = "", ["openai-compatible"] = "", ["anthropic"] = "", ["gemini"] = "",
        ["cohere"] = "", ["bedrock"] = ", region: us-east-1",
    };

    /// <summary>Where the gateway means to differ.</summary>
    private static readonly (string Stream, string Faces)[] Exceptions =
    [
        // Code that runs at Anthropic goes on in messages that begin with content and say no more; callers cannot
        // ask for it in OpenAI's format, and such a message is taken for a broken one.
        .. Enumerable.Range(2, 13).Select(
            number => ($"anthropic-programmatic-tool-calling.1.chunks.txt #{number} ", "openai anthropic")),
        // The same beginning twice: their client raises, and all that is needed is there.
        ("duplicate-message-start", "openai"),
    ];

    /// <summary>Longest segments; 1 is one byte at a time, for what is small enough.</summary>
    private static readonly int[] Longest = [1, 3, 40, 700, 9000];

    [SharedDataTheory(SharedData.Exchanges, SharedData.ChunkLists)]
    [InlineData("openai", "/v1/chat/completions")]
    [InlineData("anthropic", "/v1/messages")]
    [InlineData("responses", "/v1/responses")]
    public async Task Every_real_stream_means_what_the_providers_own_client_reads_in_it(string face, string path)
    {
        var seed = RandomNumberGenerator.GetInt32(int.MaxValue);
        output.WriteLine($"seed {seed}");
        var (all, others) = RecordedStreams.All();
        var streams = all.Where(stream => Settings.ContainsKey(stream.Type)
            && (stream.Dialect == "responses") == (face == "responses")).ToList();

        var expected = await ReadAsync(streams.Select(stream => (stream.Dialect, stream.ContentType, stream.Body)));
        var answers = await ReplayAsync(streams, path, new Random(seed));
        var got = await ReadAsync(answers.Select(body => (face, "text/event-stream", body)));

        var wrong = new List<string>();
        for (var i = 0; i < streams.Count; i++)
        {
            var isExcepted = Exceptions.Any(one => streams[i].Name.Contains(one.Stream, StringComparison.Ordinal)
                && one.Faces.Contains(face, StringComparison.Ordinal));
            var difference = Difference(face == "anthropic" ? expected[i].InAnthropicsShape() : expected[i], got[i]);
            if (difference is null == isExcepted)
            {
                wrong.Add($"{streams[i].Name} ({streams[i].Type}): {difference ?? "is no exception any more"}");
            }
        }

        output.WriteLine($"{streams.Count} streams; {others.Count} are of other APIs");
        Assert.True(wrong.Count == 0, $"seed {seed}:\n{string.Join("\n", wrong)}");
    }

    private static async Task<List<Reading>> ReadAsync(
        IEnumerable<(string Dialect, string ContentType, byte[] Body)> streams)
    {
        var input = new JsonArray([.. streams.Select(stream => (JsonNode)new JsonObject
        {
            ["dialect"] = stream.Dialect,
            ["contentType"] = stream.ContentType,
            ["body"] = Convert.ToBase64String(stream.Body),
        })]);
        var outcomes = await NodeScript.RunAsync("streams.mjs", input);
        return [.. outcomes.EnumerateArray().Select(Reading.Of)];
    }

    private static async Task<List<byte[]>> ReplayAsync(List<RecordedStream> streams, string path, Random random)
    {
        ScriptedAnswer? next = null;
        await using var server = new ScriptedServer(_ => next!);
        var gateway = await GatewayFixture.StartAsync(Yaml(), server);
        var bodies = new List<byte[]>();
        foreach (var stream in streams)
        {
            next = Answer(stream, random);
            using var request = new HttpRequestMessage(HttpMethod.Post, path)
            {
                Content = new StringContent(Body(stream.Type, path), Encoding.UTF8, "application/json"),
            };
            using var response = await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            bodies.Add(await BytesAsync(response));
            if (!response.IsSuccessStatusCode)
            {
                // A failure leaves its mark, and the next stream comes from somebody else.
                await gateway.DisposeAsync();
                gateway = await GatewayFixture.StartAsync(Yaml(), server);
            }
        }

        await gateway.DisposeAsync();
        return bodies;
    }

    private static string Body(string type, string path)
    {
        var question = path.EndsWith("responses", StringComparison.Ordinal) ? "\"input\":\"Hi\""
            : "\"max_tokens\":4000,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]";
        var usage = path.EndsWith("completions", StringComparison.Ordinal)
            ? "\"stream_options\":{\"include_usage\":true}," : "";
        return $$"""{"model":"{{type}}/any-model","stream":true,{{usage}}{{question}}}""";
    }

    private static string Yaml()
    {
        var yaml = new StringBuilder("""
            server: { urls: "http://127.0.0.1:0" }
            logging: { level: none }
            defaults: { retry: { maxRetries: 0, baseDelay: 1ms }, circuitBreaker: { failureThreshold: 1000 } }
            providers:

            """);
        foreach (var (type, more) in Settings)
        {
            yaml.Append(CultureInfo.InvariantCulture,
                $"  {type}: {{ type: {type}, baseUrl: \"${{SCRIPTED}}\", apiKey: a-key{more} }}\n");
        }

        return yaml.ToString();
    }

    private static ScriptedAnswer Answer(RecordedStream stream, Random random)
    {
        byte[] bytes =
        [
            .. Encoding.Latin1.GetBytes($"HTTP/1.1 200 OK\r\ncontent-type: {stream.ContentType}\r\n"
                + $"content-length: {stream.Body.Length}\r\n\r\n"),
            .. stream.Body,
        ];
        // A megabyte in single bytes would only take long.
        var fitting = Longest.Where(longest => bytes.Length / longest < 8_000).ToArray();
        return new ScriptedAnswer(bytes, Close: false)
        {
            LongestSegment = fitting[random.Next(fitting.Length)], Seed = random.Next(),
        };
    }

    /// <summary>What arrived, up to the end or to where the connection broke.</summary>
    private static async Task<byte[]> BytesAsync(HttpResponseMessage response)
    {
        using var received = new MemoryStream();
        try
        {
            await response.Content.CopyToAsync(received);
        }
        catch (HttpRequestException)
        {
            // A stream that the gateway cut; the client sees the error event in it.
        }

        // A refusal is no stream; as an event it is what a client raises on.
        return response.IsSuccessStatusCode ? received.ToArray()
            : [.. "event: error\ndata: "u8, .. received.ToArray().Where(one => one != '\n'), .. "\n\n"u8];
    }

    private static string? Difference(Reading expected, Reading got)
    {
        if (expected.Error is not null)
        {
            return got.Error is not null ? null : $"the client raises {expected.Error}, behind the gateway nothing";
        }

        if (got.Error is not null)
        {
            return got.Error;
        }

        // Where the provider counts nothing, translated streams say 0 to who asked for counts.
        expected = expected with
        {
            Input = expected.Input ?? (got.Input == 0 ? 0 : null),
            Output = expected.Output ?? (got.Output == 0 ? 0 : null),
        };
        return expected == got ? null : $"expected {expected.ToShortText()}\n    got {got.ToShortText()}";
    }

    /// <summary>What a client has read.</summary>
    private sealed record Reading(
        string Text, string Calls, string? Finish, long? Input, long? Output, string? Error)
    {
        public static Reading Of(JsonElement seen) => new(
            seen.GetProperty("text").GetString()!, seen.GetProperty("calls").GetRawText(),
            seen.GetProperty("finish").GetString(), Number(seen, "input"), Number(seen, "output"),
            seen.TryGetProperty("error", out var error) ? error.GetString() : null);

        /// <summary>That has no word for an unknown end.</summary>
        public Reading InAnthropicsShape() => this with { Finish = Finish ?? "stop" };

        public string ToShortText() =>
            $"{Text.Length} characters …{Text[^Math.Min(Text.Length, 60)..]} {Calls} {Finish} {Input} {Output}";

        private static long? Number(JsonElement seen, string name) =>
            seen.GetProperty(name) is { ValueKind: JsonValueKind.Number } number ? number.GetInt64() : null;
    }
}

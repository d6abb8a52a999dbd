using System.Text;
using System.Text.Json;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Tests.Providers.Anthropic;

namespace Holdfast.Gateway.Tests.Providers.Gemini;

[Trait("Category", "Conformance")]
public class GeminiRecordingsTests : DialectRecordingsTests
{
    private const string ChunksOfGoogle = "packages/google/src/__fixtures__/google-";

    private static readonly string[] Hosts = ["generativelanguage.googleapis.com", "aiplatform.googleapis.com"];

    private protected override DialectWire Wire => GeminiWire.Wire;

    private protected override string Messages => "contents";

    [RecordingsFact(ChunkLists)]
    public void Every_stream_of_chunks_is_translated_to_its_last_letter()
    {
        var count = 0;
        foreach (var (file, events) in Recordings.Chunks(ChunksOfGoogle))
        {
            count++;
            var deltas = Play(file, events, out var reader);
            var parts = events.SelectMany(PartsOf).ToArray();
            Assert.Equal(TextOf(parts, thoughts: false), Sum(deltas, "content"));
            Assert.Equal(TextOf(parts, thoughts: true), Sum(deltas, "reasoning_content"));
            Assert.Equal(parts.SelectMany(NameOf), deltas.SelectMany(ToolCalls).Select(FunctionName));
            Assert.Equal(UsageOf(events), reader.Usage);
        }

        Assert.Equal(9, count);
    }

    [RecordingsFact(ChunkLists)]
    public void Calls_in_pieces_come_out_whole()
    {
        var found = new List<string>();
        foreach (var (file, events) in Recordings.Chunks(ChunksOfGoogle + "stream-"))
        {
            found.AddRange(Play(file, events, out _).SelectMany(ToolCalls)
                .Select(call => FunctionName(call) + Arguments(call)));
        }

        Assert.Equal(
        [
            "getWeather{\"location\":\"Boston\"}",
            "getWeather{\"location\":\"San Francisco\"}",
            "read_screen{\"id\":\"A\"}",
            "read_screen{\"id\":\"B\"}",
            "read_screen{\"id\":\"C\"}",
            "read_theme{}",
            """
            writeItems{"operations":[{"action":"add","description":"Fresh red apple","itemid":"apple_001",
            "price":0.5},{"action":"add","description":"Ripe yellow banana","itemid":"banana_001","price":0.3}]}
            """.Joined(),
        ], found.Order(StringComparer.Ordinal));
    }

    [RecordingsFact(ChunkLists)]
    public void A_stream_comes_out_the_same_however_it_is_cut()
    {
        foreach (var (file, events) in Recordings.Chunks(ChunksOfGoogle))
        {
            var answer = Encoding.UTF8.GetBytes(string.Concat(events.Select(data => $"data: {data}\r\n\r\n")));
            Wire.IsTheSameHoweverItIsCut(file, answer, longest: 400);
        }
    }

    [RecordingsFact(Exchanges)]
    public void Every_recorded_answer_keeps_its_text_its_calls_and_its_counts()
    {
        var count = 0;
        foreach (var (file, _, _, _, body) in Hosts.SelectMany(Recordings.With).Where(IsAnswer))
        {
            count++;
            var answer = Wire.Answer(body);

            Assert.True(answer.Fault is null, file);
            using var ours = JsonDocument.Parse(answer.Body);
            var choice = ours.RootElement.GetProperty("choices")[0];
            var message = choice.GetProperty("message");
            var theirs = Encoding.UTF8.GetString(body);
            var parts = PartsOf(theirs).ToArray();
            Assert.Equal(TextOf(parts, thoughts: false), message.GetProperty("content").GetString() ?? "");
            var calls = parts.Where(part => part.TryGetProperty("functionCall", out _))
                .Select(part => part.GetProperty("functionCall")).ToArray();
            Assert.Equal(calls.Length, ToolCalls(message).Count());
            foreach (var (expected, call) in calls.Zip(ToolCalls(message)))
            {
                Assert.Equal(expected.GetProperty("name").GetString(), FunctionName(call));
                Assert.True(JsonElement.DeepEquals(
                    expected.GetProperty("args"), JsonElement.Parse(Arguments(call))), file);
            }

            Assert.Equal(calls.Length > 0 ? "tool_calls" : "stop", choice.GetProperty("finish_reason").GetString());
            Assert.Equal(UsageOf([theirs]), answer.Usage);
        }

        Assert.Equal(82, count);
    }

    [RecordingsFact(Exchanges)]
    public void A_recorded_error_is_classified_in_Googles_words()
    {
        var errors = Hosts.SelectMany(Recordings.With).Where(exchange => exchange.Status >= 400)
            .Select(exchange => Wire.Provider().ReadError(exchange.Status, exchange.Answer))
            .Select(fault => (fault.Outcome, fault.Type));

        Assert.Equal([(Outcome.NotFound, "NOT_FOUND")], errors);
    }

    private static bool IsAnswer((string File, string Path, int Status, string Request, byte[] Answer) exchange) =>
        exchange.Status == 200 && exchange.Path.EndsWith(":generateContent", StringComparison.Ordinal);

    private static IEnumerable<JsonElement> PartsOf(string response)
    {
        var candidate = JsonElement.Parse(response).GetProperty("candidates")[0];
        return candidate.TryGetProperty("content", out var content) && content.TryGetProperty("parts", out var parts)
            ? parts.EnumerateArray() : [];
    }

    private static string TextOf(JsonElement[] parts, bool thoughts) => string.Concat(parts
        .Where(part => part.TryGetProperty("text", out _)
            && (part.TryGetProperty("thought", out var thought) && thought.GetBoolean()) == thoughts)
        .Select(part => part.GetProperty("text").GetString()));

    private static IEnumerable<string> NameOf(JsonElement part) =>
        part.TryGetProperty("functionCall", out var call) && call.TryGetProperty("name", out var name)
            ? [name.GetString()!] : [];

    /// <summary>The last of each count, the way Google's own client takes them.</summary>
    private static Usage UsageOf(string[] events)
    {
        var counts = new Dictionary<string, long>();
        foreach (var data in events)
        {
            if (JsonElement.Parse(data).TryGetProperty("usageMetadata", out var usage))
            {
                foreach (var count in usage.EnumerateObject().Where(one => one.Value.ValueKind == JsonValueKind.Number))
                {
                    counts[count.Name] = count.Value.GetInt64();
                }
            }
        }

        var thoughts = counts.GetValueOrDefault("thoughtsTokenCount");
        return new Usage(
            counts.GetValueOrDefault("promptTokenCount") + counts.GetValueOrDefault("toolUsePromptTokenCount"),
            counts.GetValueOrDefault("candidatesTokenCount") + thoughts,
            counts.GetValueOrDefault("cachedContentTokenCount"), Reasoning: thoughts);
    }
}

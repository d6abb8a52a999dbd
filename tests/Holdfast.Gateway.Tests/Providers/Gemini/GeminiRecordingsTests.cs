using System.Text;
using System.Text.Json;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Tests.Providers.Anthropic;
using static Holdfast.Gateway.Tests.Providers.Gemini.GeminiWire;

namespace Holdfast.Gateway.Tests.Providers.Gemini;

[Trait("Category", "Conformance")]
public class GeminiRecordingsTests
{
    private const string Exchanges = "recordings-dev.jsonl.gz";
    private const string ChunkLists = "provider-chunks.tgz";
    private const string ChunksOfGoogle = "packages/google/src/__fixtures__/google-";

    private static readonly string[] Hosts = ["generativelanguage.googleapis.com", "aiplatform.googleapis.com"];

    [RecordingsFact(ChunkLists)]
    public void Every_stream_of_chunks_is_translated_to_its_last_letter()
    {
        var count = 0;
        foreach (var (file, events) in Recordings.Chunks(ChunksOfGoogle))
        {
            count++;
            var reader = Play(events, out var written);

            Assert.True(reader.Fault is null, $"{file}: {reader.Fault}");
            Assert.True(reader is { IsFinished: true, IsWhole: true }, file);
            var chunks = written.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal("data: [DONE]", chunks[^1]);
            var deltas = chunks[..^2].Select(chunk => JsonDocument.Parse(chunk["data: ".Length..]).RootElement
                .GetProperty("choices")[0].GetProperty("delta")).ToArray();
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
            Play(events, out var written);
            found.AddRange(written.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[..^2]
                .Select(chunk => JsonDocument.Parse(chunk["data: ".Length..]).RootElement.GetProperty("choices")[0])
                .SelectMany(choice => ToolCalls(choice.GetProperty("delta")))
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
            var whole = Cut(answer, answer.Length, new Random(0));
            for (var seed = 1; seed <= 3; seed++)
            {
                Assert.Equal((file, seed, whole), (file, seed, Cut(answer, 400, new Random(seed))));
            }
        }
    }

    [RecordingsFact(Exchanges)]
    public void Every_recorded_answer_keeps_its_text_its_calls_and_its_counts()
    {
        var count = 0;
        foreach (var (file, _, _, _, body) in Hosts.SelectMany(Recordings.With).Where(IsAnswer))
        {
            count++;
            var answer = Answer(body);

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
            .Select(exchange => Provider().ReadError(exchange.Status, exchange.Answer))
            .Select(fault => (fault.Outcome, fault.Type));

        Assert.Equal([(Outcome.NotFound, "NOT_FOUND")], errors);
    }

    [RecordingsFact(Exchanges)]
    public void Every_recorded_OpenAI_request_is_carried_as_JSON_or_refused_by_name()
    {
        int carried = 0, refused = 0;
        foreach (var (file, path, _, request, _) in Recordings.With("api.openai.com"))
        {
            if (path != "/v1/chat/completions" || !request.StartsWith('{'))
            {
                continue;
            }

            try
            {
                using var json = JsonDocument.Parse(Request(request));
                Assert.True(json.RootElement.GetProperty("contents").ValueKind == JsonValueKind.Array, file);
                carried++;
            }
            catch (UnsupportedFieldException exception)
            {
                Assert.NotEqual("body", exception.Field);
                refused++;
            }
        }

        Assert.True(carried > refused && carried > 20, $"{carried} carried, {refused} refused");
    }

    private static bool IsAnswer((string File, string Path, int Status, string Request, byte[] Answer) exchange) =>
        exchange.Status == 200 && exchange.Path.EndsWith(":generateContent", StringComparison.Ordinal);

    /// <summary>The stream as it comes from a socket, in pieces of up to so many bytes.</summary>
    private static string Cut(byte[] answer, int longest, Random random)
    {
        using var parser = new SseParser();
        using var output = new PooledBuffer();
        var reader = Provider().OpenStream(Context(includeUsage: true));
        var read = 0;
        for (var received = 0; received < answer.Length;)
        {
            received = Math.Min(answer.Length, received + random.Next(1, longest + 1));
            while (parser.TryRead(answer.AsSpan(read, received - read), received == answer.Length,
                out var sse, out var consumed))
            {
                reader.Read(sse, output);
                read += consumed;
            }
        }

        reader.Complete(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static IStreamReader Play(string[] events, out string written)
    {
        var stream = new GeminiStream(includeUsage: true);
        var text = new StringBuilder();
        foreach (var data in events)
        {
            text.Append(stream.Read(data));
        }

        written = text.Append(stream.Complete()).ToString();
        return stream.Reader;
    }

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

    private static string Sum(JsonElement[] deltas, string member) => string.Concat(
        deltas.Select(delta => delta.TryGetProperty(member, out var value) ? value.GetString() : ""));

    private static IEnumerable<JsonElement> ToolCalls(JsonElement message) =>
        message.TryGetProperty("tool_calls", out var calls) ? calls.EnumerateArray() : [];

    private static string FunctionName(JsonElement call) =>
        call.GetProperty("function").GetProperty("name").GetString()!;

    private static string Arguments(JsonElement call) =>
        call.GetProperty("function").GetProperty("arguments").GetString()!;
}

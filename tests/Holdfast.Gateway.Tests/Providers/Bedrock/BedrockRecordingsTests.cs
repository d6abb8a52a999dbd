using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Tests.Providers.Anthropic;
using static Holdfast.Gateway.Tests.Providers.Bedrock.BedrockWire;

namespace Holdfast.Gateway.Tests.Providers.Bedrock;

[Trait("Category", "Conformance")]
public class BedrockRecordingsTests
{
    private const string Exchanges = "recordings-dev.jsonl.gz";
    private const string ChunkLists = "provider-chunks.tgz";

    private static readonly string[] Hosts =
        ["bedrock-runtime.us-east-1.amazonaws.com", "bedrock-runtime.<AWS_REGION>.amazonaws.com"];

    [RecordingsFact(ChunkLists)]
    public void Every_stream_of_chunks_is_translated_to_its_last_letter()
    {
        var lists = Recordings.Chunks("packages/amazon-bedrock/src/__fixtures__/amazon-bedrock-").ToArray();

        Assert.Equal(12, lists.Length);
        Assert.All(lists, list => IsTranslated(list.File, [.. list.Events.Select(json =>
        {
            var member = JsonElement.Parse(json).EnumerateObject().Single();
            return (member.Name, member.Value);
        })]));
    }

    [RecordingsFact(Exchanges)]
    public void Every_recorded_stream_is_translated_to_its_last_letter()
    {
        var streams = Exchanged("/converse-stream", 200).ToArray();

        Assert.Equal(4, streams.Length);
        Assert.All(streams, stream => IsTranslated(stream.File, [.. EventsIn(stream.Answer)]));
    }

    [RecordingsFact(Exchanges)]
    public void A_recorded_stream_comes_out_the_same_however_it_is_cut()
    {
        foreach (var (file, _, _, answer) in Exchanged("/converse-stream", 200))
        {
            var whole = Play(answer, answer.Length, new Random(0)).Written;
            Assert.Equal(whole, Play(answer, 1, new Random(0)).Written);
            for (var seed = 1; seed <= 20; seed++)
            {
                Assert.Equal((file, seed, whole), (file, seed, Play(answer, 400, new Random(seed)).Written));
            }
        }
    }

    [RecordingsFact(Exchanges)]
    public void Every_recorded_answer_keeps_its_text_its_calls_and_its_counts()
    {
        var count = 0;
        foreach (var (file, _, _, body) in Exchanged("/converse", 200))
        {
            count++;
            var answer = Answer(body);

            Assert.True(answer.Fault is null, file);
            var choice = JsonElement.Parse(answer.Body).GetProperty("choices")[0];
            var message = choice.GetProperty("message");
            var theirs = JsonElement.Parse(body);
            var blocks = theirs.GetProperty("output").GetProperty("message").GetProperty("content")
                .EnumerateArray().ToArray();
            Assert.Equal(
                string.Concat(blocks.Select(block => Text(block, "text"))),
                Text(message, "content") ?? "");
            Assert.Equal(
                string.Concat(blocks.Select(block => Text(block, "reasoningContent", "reasoningText", "text"))),
                Text(message, "reasoning_content") ?? "");
            var calls = blocks.Where(block => block.TryGetProperty("toolUse", out _))
                .Select(block => block.GetProperty("toolUse")).ToArray();
            Assert.Equal(calls.Length, ToolCalls(message).Count());
            foreach (var (expected, call) in calls.Zip(ToolCalls(message)))
            {
                Assert.Equal(Text(expected, "name"), Text(call, "function", "name"));
                Assert.True(JsonElement.DeepEquals(
                    expected.GetProperty("input"), JsonElement.Parse(Text(call, "function", "arguments")!)), file);
            }

            Assert.Equal(FinishOf(theirs), Text(choice, "finish_reason"));
            Assert.Equal(UsageOf(theirs.GetProperty("usage")), answer.Usage);
        }

        Assert.Equal(44, count);
    }

    [RecordingsFact(Exchanges)]
    public void A_recorded_error_is_classified() => Assert.Equal(
        [Outcome.NotFound, Outcome.CallerError, Outcome.CallerError, Outcome.CallerError],
        Exchanged("/converse", 400).Select(exchange => Provider().ReadError(400, exchange.Answer).Outcome));

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
                Assert.True(json.RootElement.GetProperty("messages").ValueKind == JsonValueKind.Array, file);
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

    private static IEnumerable<(string File, string Path, string Request, byte[] Answer)> Exchanged(
        string end, int status) => Hosts.SelectMany(Recordings.With)
        .Where(exchange => exchange.Path.EndsWith(end, StringComparison.Ordinal) && exchange.Status == status)
        .Select(exchange => (exchange.File, exchange.Path, exchange.Request, exchange.Answer));

    /// <summary>The stream, put on the wire anew, says what its events say.</summary>
    private static void IsTranslated(string file, (string Type, JsonElement Payload)[] events)
    {
        var wire = events.SelectMany(one => Event(one.Type, one.Payload.GetRawText())).ToArray();

        var (written, reader) = Play(wire, wire.Length, new Random(0));

        Assert.True(reader.Fault is null, $"{file}: {reader.Fault}");
        Assert.True(reader is { IsFinished: true, IsWhole: true }, file);
        var chunks = written.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Select(chunk => JsonElement.Parse(chunk["data: ".Length..]).GetProperty("choices")[0]).ToArray();
        var deltas = chunks.Select(chunk => chunk.GetProperty("delta")).ToArray();
        var theirs = events.Where(one => one.Type == "contentBlockDelta")
            .Select(one => one.Payload.GetProperty("delta")).ToArray();
        Assert.Equal(Sum(theirs, "text"), Sum(deltas, "content"));
        Assert.Equal(Sum(theirs, "reasoningContent", "text"), Sum(deltas, "reasoning_content"));
        var calls = deltas.SelectMany(ToolCalls).ToArray();
        Assert.Equal(
            events.Where(one => one.Type == "contentBlockStart")
                .Select(one => Text(one.Payload, "start", "toolUse", "name")).Where(name => name is not null),
            calls.Select(call => Text(call, "function", "name")).Where(name => name is not null));
        var arguments = Sum(theirs, "toolUse", "input");
        Assert.Equal(
            arguments.Length > 0 || calls.Length == 0 ? arguments : "{}",
            string.Concat(calls.Select(call => Text(call, "function", "arguments"))));
        Assert.Equal(
            FinishOf(events.Single(one => one.Type == "messageStop").Payload),
            chunks.Select(chunk => Text(chunk, "finish_reason")).Single(reason => reason is not null));
        var counts = events
            .Where(one => one.Type == "metadata" && one.Payload.TryGetProperty("usage", out _)).ToArray();
        Assert.Equal(
            counts.Length == 0 ? default : UsageOf(counts[^1].Payload.GetProperty("usage")), reader.Usage);
    }

    /// <summary>The events of a stream, read by hand.</summary>
    private static IEnumerable<(string Type, JsonElement Payload)> EventsIn(byte[] wire)
    {
        for (var at = 0; at < wire.Length;)
        {
            var total = BinaryPrimitives.ReadInt32BigEndian(wire.AsSpan(at));
            var headers = BinaryPrimitives.ReadInt32BigEndian(wire.AsSpan(at + 4));
            var words = Encoding.Latin1.GetString(wire, at + 12, headers);
            var begin = words.IndexOf(":event-type", StringComparison.Ordinal) + ":event-type".Length + 3;
            yield return (
                words.Substring(begin, words[begin - 1]),
                JsonElement.Parse(wire.AsSpan((at + 12 + headers)..(at + total - 4))));
            at += total;
        }
    }

    private static Usage UsageOf(JsonElement usage)
    {
        long Count(string name) => usage.TryGetProperty(name, out var count) ? count.GetInt64() : 0;
        var (read, write) = (Count("cacheReadInputTokens"), Count("cacheWriteInputTokens"));
        return new Usage(Count("inputTokens") + read + write, Count("outputTokens"), read, write);
    }

    private static string FinishOf(JsonElement answer) => answer.GetProperty("stopReason").GetString() switch
    {
        "tool_use" => "tool_calls",
        "max_tokens" => "length",
        "guardrail_intervened" => "content_filter",
        _ => "stop",
    };

    private static string Sum(JsonElement[] deltas, params string[] path) =>
        string.Concat(deltas.Select(delta => Text(delta, path)));

    private static string? Text(JsonElement value, params string[] path)
    {
        foreach (var name in path)
        {
            if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(name, out value))
            {
                return null;
            }
        }

        return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }

    private static IEnumerable<JsonElement> ToolCalls(JsonElement message) =>
        message.TryGetProperty("tool_calls", out var calls) ? calls.EnumerateArray() : [];
}

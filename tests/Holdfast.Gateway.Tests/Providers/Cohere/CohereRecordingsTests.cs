using System.Text;
using System.Text.Json;
using Holdfast.Gateway.Tests.Providers.Anthropic;

namespace Holdfast.Gateway.Tests.Providers.Cohere;

[Trait("Category", "Conformance")]
public class CohereRecordingsTests : DialectRecordingsTests
{
    private const string ChunksOfCohere = "packages/cohere/src/__fixtures__/";

    private protected override DialectWire Wire => CohereWire.Wire;

    [RecordingsFact(ChunkLists)]
    public void Every_stream_of_chunks_is_translated_to_its_last_letter()
    {
        var count = 0;
        foreach (var (file, events) in Recordings.Chunks(ChunksOfCohere))
        {
            count++;
            var deltas = Play(file, events, out var reader);
            var theirs = events.Select(data => JsonElement.Parse(data)).ToArray();
            Assert.Equal(Sum(theirs, "content", "text"), Sum(deltas, "content"));
            Assert.Equal(
                Sum(theirs, "content", "thinking") + Sum(theirs, "tool_plan", null), Sum(deltas, "reasoning_content"));
            Assert.Equal(
                theirs.Count(sse => sse.GetProperty("type").GetString() == "tool-call-start"),
                ArgumentsOf(deltas).Length);
            Assert.All(ArgumentsOf(deltas), text =>
                Assert.Equal(JsonValueKind.Object, JsonElement.Parse(text).ValueKind));
            var tokens = theirs[^1].GetProperty("delta").GetProperty("usage").GetProperty("tokens");
            Assert.Equal(tokens.GetProperty("output_tokens").GetInt64(), reader.Usage.Output);
        }

        Assert.Equal(4, count);
    }

    [RecordingsFact(ChunkLists)]
    public void A_stream_comes_out_the_same_however_it_is_cut()
    {
        foreach (var (file, events) in Recordings.Chunks(ChunksOfCohere))
        {
            var answer = Encoding.UTF8.GetBytes(string.Concat(events.Select(data => $"data: {data}\n\n")));
            Wire.IsTheSameHoweverItIsCut(file, answer);
        }
    }

    [RecordingsFact(Exchanges)]
    public void Every_recorded_answer_keeps_its_text_its_calls_and_its_counts()
    {
        var count = 0;
        foreach (var (file, path, status, _, body) in Recordings.With("api.cohere.com"))
        {
            if (status != 200 || path != "/v2/chat")
            {
                continue;
            }

            count++;
            var answer = Wire.Answer(body);

            Assert.True(answer.Fault is null, file);
            var message = JsonElement.Parse(answer.Body).GetProperty("choices")[0].GetProperty("message");
            var theirs = JsonElement.Parse(Encoding.UTF8.GetString(body));
            var said = theirs.GetProperty("message");
            var text = said.TryGetProperty("content", out var content)
                ? string.Concat(content.EnumerateArray().Select(part => Text(part, "text"))) : "";
            Assert.Equal(text, message.GetProperty("content").GetString() ?? "");
            Assert.Equal(Calls(said), Calls(message));
            Assert.Equal(
                theirs.GetProperty("usage").GetProperty("tokens").GetProperty("output_tokens").GetInt64(),
                answer.Usage.Output);
        }

        Assert.Equal(5, count);
    }

    private static IEnumerable<string> Calls(JsonElement message) =>
        message.TryGetProperty("tool_calls", out var calls)
            ? calls.EnumerateArray().Select(call => call.GetProperty("function"))
                .Select(function => Text(function, "name") + Text(function, "arguments"))
            : [];

    private static string Sum(JsonElement[] events, string member, string? inner) => string.Concat(events
        .Where(sse => sse.TryGetProperty("delta", out var delta) && delta.TryGetProperty("message", out _)
            && sse.GetProperty("type").GetString() is "content-delta" or "content-start" or "tool-plan-delta")
        .Select(sse => sse.GetProperty("delta").GetProperty("message"))
        .Select(message => message.TryGetProperty(member, out var value)
            ? (inner is null ? value.GetString() : Text(value, inner)) : ""));

    private static string? Text(JsonElement value, string member) =>
        value.TryGetProperty(member, out var text) ? text.GetString() : "";
}

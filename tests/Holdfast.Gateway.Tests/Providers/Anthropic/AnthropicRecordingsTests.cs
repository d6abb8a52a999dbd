using System.Text;
using System.Text.Json;
using Holdfast.Failover;

namespace Holdfast.Gateway.Tests.Providers.Anthropic;

[Trait("Category", "Conformance")]
public class AnthropicRecordingsTests : DialectRecordingsTests
{
    private protected override DialectWire Wire => AnthropicWire.Wire;

    [RecordingsFact(Exchanges)]
    public void Every_recorded_stream_is_translated_to_its_last_letter()
    {
        var streams = Recordings.With("api.anthropic.com")
            .Where(exchange => exchange.Answer.AsSpan().StartsWith("event:"u8)).ToArray();

        foreach (var (file, _, _, _, answer) in streams)
        {
            var events = Encoding.UTF8.GetString(answer).Split('\n')
                .Where(line => line.StartsWith("data:", StringComparison.Ordinal)).Select(line => line[5..].Trim());
            IsWhole(file, [.. events]);
        }

        Assert.Equal(7, streams.Length);
    }

    [RecordingsFact(ChunkLists)]
    public void Every_stream_of_chunks_is_translated_to_its_last_letter()
    {
        var count = 0;
        foreach (var (file, events) in Recordings.Chunks("/anthropic/"))
        {
            foreach (var stream in Split(events))
            {
                count++;
                if (IsBroken(file, stream))
                {
                    var broken = new AnthropicStream();
                    broken.Play(stream);
                    Assert.Equal((file, Outcome.BadAnswer), (file, broken.Reader.Fault?.Outcome));
                }
                else
                {
                    IsWhole(file, stream);
                }
            }
        }

        Assert.True(count >= 31, $"only {count} streams");
    }

    [RecordingsFact(Exchanges)]
    public void A_recorded_stream_comes_out_the_same_however_it_is_cut()
    {
        foreach (var (file, _, _, _, answer) in Recordings.With("api.anthropic.com"))
        {
            if (!answer.AsSpan().StartsWith("event:"u8))
            {
                continue;
            }

            Wire.IsTheSameHoweverItIsCut(file, answer);
        }
    }

    [RecordingsFact(Exchanges)]
    public void Every_recorded_answer_keeps_its_text_and_its_tool_calls()
    {
        var count = 0;
        foreach (var (file, path, status, _, body) in Recordings.With("api.anthropic.com"))
        {
            if (status != 200 || path != "/v1/messages" || body.AsSpan().StartsWith("event:"u8))
            {
                continue;
            }

            count++;
            var answer = Wire.Answer(body);

            Assert.True(answer.Fault is null, file);
            using var theirs = JsonDocument.Parse(body);
            using var ours = JsonDocument.Parse(answer.Body);
            var message = ours.RootElement.GetProperty("choices")[0].GetProperty("message");
            var blocks = theirs.RootElement.GetProperty("content").EnumerateArray().ToArray();
            var text = string.Concat(Of(blocks, "text").Select(block => block.GetProperty("text").GetString()));
            Assert.Equal(text, message.GetProperty("content").GetString() ?? "");
            var inputs = Of(blocks, "tool_use").Select(block => block.GetProperty("input").GetRawText());
            Assert.Equal(inputs, ToolCalls(message)
                .Select(call => call.GetProperty("function").GetProperty("arguments").GetString()!));
            Assert.Equal(
                theirs.RootElement.GetProperty("usage").GetProperty("output_tokens").GetInt64(), answer.Usage.Output);
        }

        Assert.Equal(71, count);
    }

    [RecordingsFact(Exchanges)]
    public void Every_recorded_error_is_classified_in_the_providers_words()
    {
        var errors = Recordings.With("api.anthropic.com").Where(exchange => exchange.Status >= 400)
            .Select(exchange => (exchange.Status, Fault: Wire.Provider().ReadError(exchange.Status, exchange.Answer)))
            .OrderBy(error => error.Status).Select(error => (error.Status, error.Fault.Outcome, error.Fault.Type));

        Assert.Equal(
        [
            (400, Outcome.CallerError, "invalid_request_error"),
            (401, Outcome.Auth, "authentication_error"),
            (404, Outcome.NotFound, "not_found_error"),
        ], errors);
    }

    /// <summary>Two messages spliced into one, and server-side code execution, which callers cannot ask for.</summary>
    private static bool IsBroken(string file, string[] events) =>
        file.StartsWith("spliced-", StringComparison.Ordinal)
        || !events[0].Contains("\"content\":[]", StringComparison.Ordinal);

    private static IEnumerable<string[]> Split(string[] events)
    {
        var start = 0;
        for (var i = 0; i < events.Length; i++)
        {
            if (events[i].Contains("\"type\":\"message_stop\"", StringComparison.Ordinal))
            {
                yield return events[start..(i + 1)];
                start = i + 1;
            }
        }
    }

    private void IsWhole(string file, string[] events)
    {
        var deltas = Play(file, events, out _);

        Assert.Equal(Sum(events, "text_delta", "text"), Sum(deltas, "content"));
        Assert.Equal(Sum(events, "thinking_delta", "thinking"), Sum(deltas, "reasoning_content"));
        Assert.All(ArgumentsOf(deltas), text =>
            Assert.Equal(JsonValueKind.Object, JsonElement.Parse(text).ValueKind));
    }

    private static string Sum(string[] events, string type, string member) => string.Concat(events
        .Select(data => JsonDocument.Parse(data).RootElement)
        .Where(json => json.TryGetProperty("delta", out var delta) && delta.TryGetProperty("type", out var kind)
            && kind.GetString() == type)
        .Select(json => json.GetProperty("delta").GetProperty(member).GetString()));

    private static IEnumerable<JsonElement> Of(JsonElement[] blocks, string type) =>
        blocks.Where(block => block.GetProperty("type").GetString() == type);
}

using System.Text;
using System.Text.Json;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using static Holdfast.Gateway.Tests.Providers.Anthropic.AnthropicWire;

namespace Holdfast.Gateway.Tests.Providers.Anthropic;

[Trait("Category", "Conformance")]
public class AnthropicRecordingsTests
{
    private const string Exchanges = "recordings-dev.jsonl.gz";

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

    [RecordingsFact("provider-chunks.tgz")]
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
                    var reader = Play(stream, out _);
                    Assert.Equal((file, Outcome.BadAnswer), (file, reader.Fault?.Outcome));
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

            var whole = Cut(answer, answer.Length, new Random(0));
            for (var seed = 1; seed <= 3; seed++)
            {
                Assert.Equal((file, seed, whole), (file, seed, Cut(answer, 40, new Random(seed))));
            }
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
            var answer = Answer(body);

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
            .Select(exchange => (exchange.Status, Fault: Provider().ReadError(exchange.Status, exchange.Answer)))
            .OrderBy(error => error.Status).Select(error => (error.Status, error.Fault.Outcome, error.Fault.Type));

        Assert.Equal(
        [
            (400, Outcome.CallerError, "invalid_request_error"),
            (401, Outcome.Auth, "authentication_error"),
            (404, Outcome.NotFound, "not_found_error"),
        ], errors);
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
        var stream = new AnthropicStream(includeUsage: true);
        var text = new StringBuilder();
        foreach (var data in events)
        {
            text.Append(stream.Read(data));
        }

        written = text.Append(stream.Complete()).ToString();
        return stream.Reader;
    }

    private static void IsWhole(string file, string[] events)
    {
        var reader = Play(events, out var written);

        Assert.True(reader.Fault is null, $"{file}: {reader.Fault}");
        Assert.True(reader.IsFinished, file);
        var chunks = written.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Where(chunk => !chunk.StartsWith(':')).ToArray();
        Assert.Equal("data: [DONE]", chunks[^1]);
        var deltas = chunks[..^2].Select(chunk => JsonDocument.Parse(chunk["data: ".Length..]).RootElement
            .GetProperty("choices")[0].GetProperty("delta")).ToArray();
        Assert.Equal(Sum(events, "text_delta", "text"), Sum(deltas, "content"));
        Assert.Equal(Sum(events, "thinking_delta", "thinking"), Sum(deltas, "reasoning_content"));

        var arguments = new SortedDictionary<int, string>();
        foreach (var call in deltas.SelectMany(ToolCalls))
        {
            var index = call.GetProperty("index").GetInt32();
            arguments[index] = arguments.GetValueOrDefault(index)
                + call.GetProperty("function").GetProperty("arguments").GetString();
        }

        foreach (var text in arguments.Values)
        {
            Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(text).RootElement.ValueKind);
        }
    }

    private static string Sum(string[] events, string type, string member) => string.Concat(events
        .Select(data => JsonDocument.Parse(data).RootElement)
        .Where(json => json.TryGetProperty("delta", out var delta) && delta.TryGetProperty("type", out var kind)
            && kind.GetString() == type)
        .Select(json => json.GetProperty("delta").GetProperty(member).GetString()));

    private static string Sum(JsonElement[] deltas, string member) => string.Concat(
        deltas.Select(delta => delta.TryGetProperty(member, out var value) ? value.GetString() : ""));

    private static IEnumerable<JsonElement> Of(JsonElement[] blocks, string type) =>
        blocks.Where(block => block.GetProperty("type").GetString() == type);

    private static IEnumerable<JsonElement> ToolCalls(JsonElement message) =>
        message.TryGetProperty("tool_calls", out var calls) ? calls.EnumerateArray() : [];
}

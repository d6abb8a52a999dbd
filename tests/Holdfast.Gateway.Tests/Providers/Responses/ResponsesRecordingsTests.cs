using System.Text;
using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.OpenAiApi;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Tests.Providers.Anthropic;
using static Holdfast.Gateway.Tests.Providers.Responses.ResponsesWire;

namespace Holdfast.Gateway.Tests.Providers.Responses;

/// <summary>Real exchanges with OpenAI's Responses API.</summary>
[Trait("Category", "Conformance")]
public class ResponsesRecordingsTests
{
    private const string File = "recordings-dev.jsonl.gz";

    [RecordingsFact(File)]
    public void Every_recorded_answer_goes_through_with_its_tokens_counted()
    {
        var seen = 0;
        foreach (var (file, _, _, body) in Recorded(isStream: false))
        {
            seen++;
            using var output = new PooledBuffer();
            var call = Call();

            var answer = Provider(call, "openai").ReadAnswer(new AnswerContext(call, "x", 7), body, output);

            Assert.True(answer.Fault is null, $"{file}: {answer.Fault?.Message}");
            Assert.True(answer.Body.Span.SequenceEqual(body), file);
            Assert.True(TokensOf(JsonElement.Parse(body)) == (answer.Usage.Input, answer.Usage.Output), file);
        }

        Assert.True(seen > 100, $"only {seen} answers");
    }

    [RecordingsFact(File)]
    public void Every_recorded_stream_goes_through_up_to_its_end()
    {
        var seen = 0;
        foreach (var (file, _, _, body) in Recorded(isStream: true))
        {
            seen++;
            var call = Call(stream: true);
            var reader = Provider(call, "openai").OpenStream(new AnswerContext(call, "x", 7));
            using var output = new PooledBuffer();
            var tokens = 0;
            JsonElement last = default;
            foreach (var sse in Events(body))
            {
                var signal = reader.Read(
                    new SseEvent { Data = sse.Data, HasData = true, IsComplete = true, Raw = sse.Raw }, output);
                Assert.True(signal.Kind != StreamSignalKind.Fault, $"{file}: {reader.Fault?.Message}");
                tokens += signal.Kind == StreamSignalKind.Token ? 1 : 0;
                last = JsonElement.Parse(sse.Data);
            }

            Assert.True(reader.IsWhole && tokens > 1, file);
            Assert.Equal(Encoding.UTF8.GetString(body), Encoding.UTF8.GetString(output.WrittenSpan));
            // The oldest of them are from before there were numbers.
            Assert.True(!last.TryGetProperty("sequence_number", out var number)
                || reader.NextNumber == number.GetInt64() + 1, file);
            Assert.True(TokensOf(last.GetProperty("response")) == (reader.Usage.Input, reader.Usage.Output), file);
        }

        Assert.True(seen > 20, $"only {seen} streams");
    }

    [RecordingsFact(File)]
    public void Every_recorded_request_becomes_a_chat_or_is_refused_for_what_no_chat_has()
    {
        var (carried, refused) = (0, new SortedSet<string>(StringComparer.Ordinal));
        foreach (var (file, request, _, _) in Recorded(isStream: null))
        {
            var bytes = Encoding.UTF8.GetBytes(request);
            if (ResponsesRequestBody.TryRead(bytes, out var fields) is { } wrong)
            {
                // A stored prompt may know its model; a route has to be told.
                Assert.True(wrong.Param == "model" && request.Contains("\"prompt\""), file);
                continue;
            }

            var call = new CallRequest
            {
                Id = "call-1", Dialect = Dialect.Responses, Operation = Operation.Responses, Body = bytes,
                Model = fields.Model, ModelValue = fields.ModelValue, ObjectStart = fields.ObjectStart,
            };
            var provider = Provider(call);
            using var output = new PooledBuffer();
            try
            {
                provider.WriteBody(call, "x", output);
            }
            catch (UnsupportedFieldException unsupported)
            {
                refused.Add(unsupported.Field.Split('[')[0]);
                continue;
            }

            carried++;
            using var chat = JsonDocument.Parse(output.WrittenMemory);
            Assert.True(chat.RootElement.GetProperty("messages").GetArrayLength() > 0, file);
            AssertAnswer(provider, call, file);
        }

        Assert.True(carried > 50, $"only {carried} requests");
        string[] known =
        [
            "background", "context_management", "conversation", "input", "moderation", "previous_response_id", "prompt",
            "reasoning.", "tools", "truncation",
        ];
        Assert.True(refused.All(field => known.Any(field.StartsWith)), string.Join(", ", refused));
    }

    /// <summary>What an answer repeats of the request is what the specification says that it has.</summary>
    private static void AssertAnswer(IProvider provider, CallRequest call, string file)
    {
        if (Recordings.SkipReason(OpenAiSpecification.File) is not null)
        {
            return;
        }

        using var output = new PooledBuffer();
        var answer = provider.ReadAnswer(new AnswerContext(call, "x", 7),
            """{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}"""u8.ToArray(), output);
        var problem = OpenAiSpecification.Problem("Response", Encoding.UTF8.GetString(answer.Body.Span));
        Assert.True(problem is null, $"{file}: {problem}");
    }

    private static IEnumerable<(string File, string Request, int Status, byte[] Answer)> Recorded(bool? isStream) =>
        Recordings.With("api.openai.com")
            .Where(one => one is { Path: "/v1/responses", Status: 200 } && one.Request.StartsWith('{'))
            .Where(one => isStream is null || isStream == one.Answer.AsSpan().StartsWith("event:"u8))
            .Select(one => (one.File, one.Request, one.Status, one.Answer));

    private static List<(byte[] Data, byte[] Raw)> Events(byte[] body)
    {
        var found = new List<(byte[], byte[])>();
        using var parser = new SseParser();
        ReadOnlySpan<byte> unread = body;
        while (parser.TryRead(unread, atEnd: true, out var sse, out var consumed))
        {
            found.Add((sse.Data.ToArray(), sse.Raw.ToArray()));
            unread = unread[consumed..];
        }

        return found;
    }

    private static (long, long) TokensOf(JsonElement response) =>
        response.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object
            ? (usage.GetProperty("input_tokens").GetInt64(), usage.GetProperty("output_tokens").GetInt64())
            : (0, 0);
}

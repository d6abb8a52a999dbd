using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.OpenAiApi;
using Holdfast.Gateway.Providers;
using static Holdfast.Gateway.Tests.Providers.Anthropic.CallerWire;

namespace Holdfast.Gateway.Tests.Providers.Anthropic;

/// <summary>
/// Damages what goes from and to callers of the Messages API at random, and feeds it real streams of many providers.
/// The seed is the test's argument, so its name says it.
/// </summary>
public class CallerFuzzTests
{
    private const int Rounds = 2000;

    private static readonly string Golden = """
        {"model":"m","max_tokens":9,"stream":true,"system":[{"type":"text","text":"A","cache_control":{}}],
        "temperature":0.5,"top_p":1e-1,"top_k":3,"stop_sequences":["a","\n"],"metadata":{"user_id":"u"},
        "thinking":{"type":"enabled","budget_tokens":5},"output_config":{"effort":"low","format":{
        "type":"json_schema","schema":{}}},"tools":[{"name":"f","description":"d","input_schema":{},"strict":true}],
        "tool_choice":{"type":"tool","name":"f","disable_parallel_tool_use":true},"service_tier":"auto",
        "messages":[{"role":"user","content":[{"type":"text","text":"ä\ud83d\ude00"},{"type":"image","source":{
        "type":"base64","media_type":"image\/png","data":"iVBO\/w=="}},{"type":"document","title":"T","source":{
        "type":"base64","media_type":"application/pdf","data":"JVBE"}}]},{"role":"assistant","content":[
        {"type":"thinking","thinking":"h","signature":""},{"type":"tool_use","id":"t","name":"f",
        "input":{"a":["\""]}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","is_error":true,"content":[
        {"type":"text","text":"r"}]}]}]}
        """.Joined();

    private static readonly string[] Chunks =
    [
        """{"id":"c","model":"g","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}""",
        """{"id":"c","choices":[{"index":0,"delta":{"reasoning_content":"hm\ud83d\ude00"}}]}""",
        """{"id":"c","choices":[{"index":0,"delta":{"content":[{"type":"text","text":"ä"}],"refusal":"no"}}]}""",
        """
        {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"t","function":{"name":"f",
        "arguments":"{\"a\":"}}]}}]}
        """.Joined(),
        """{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":{"a":[1]}}}]}}]}""",
        """{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}""",
        """{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}""",
        "[DONE]",
    ];

    private static readonly string Whole = """
        {"id":"c","model":"g","choices":[{"index":0,"finish_reason":"tool_calls","message":{"content":"a\n",
        "reasoning":"b","refusal":"c","tool_calls":[{"id":"t","function":{"name":"f",
        "arguments":"{\"a\":[\"\\u00e4\"]}"}}]}}],"usage":{"prompt_tokens":3,"completion_tokens":4}}
        """.Joined();

    [Theory]
    [InlineData(1, "openai")]
    [InlineData(2, "groq")]
    [InlineData(3, "anthropic")]
    public void A_damaged_request_is_carried_as_JSON_or_refused(int seed, string type)
    {
        var random = new Random(seed);
        for (var i = 0; i < Rounds; i++)
        {
            var body = WireDamage.Damage(random, Golden);
            if (ChatRequestBody.TryRead(body, out _) is not null)
            {
                continue;
            }

            using var output = new PooledBuffer();
            var call = Call(Encoding.UTF8.GetString(body));
            try
            {
                Provider(call, type, drop: random.Next(2) == 0).WriteBody(call, "x", output);
            }
            catch (UnsupportedFieldException refused)
            {
                Assert.NotEqual("", refused.Field);
                continue;
            }

            WireDamage.IsJson(output.WrittenSpan, body);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_damaged_answer_is_carried_as_JSON_or_a_fault(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < Rounds; i++)
        {
            var body = WireDamage.Damage(random, Whole);
            using var output = new PooledBuffer();
            var call = Call();

            var answer = Provider(call).ReadAnswer(new AnswerContext(call, "x", 0), body, output);

            if (answer.Fault is null)
            {
                WireDamage.IsJson(answer.Body.Span, body);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_damaged_stream_is_carried_as_whole_events_or_a_fault(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < Rounds; i++)
        {
            var chunks = Chunks.Select(chunk => random.Next(8) > 0 ? chunk
                : Encoding.UTF8.GetString(WireDamage.Damage(random, chunk)).ReplaceLineEndings(" ")).ToArray();

            var (events, reader) = Stream("openai", chunks);

            Read(events, out _, out _);
            Assert.True(reader.Fault is null || reader.Fault.Outcome != Outcome.Ok);
        }
    }

    [RecordingsTheory("JSONTestSuite.tgz")]
    [InlineData("\"system\":DOC")]
    [InlineData("\"system\":[DOC]")]
    [InlineData("\"tools\":[{\"name\":\"f\",\"input_schema\":DOC}]")]
    [InlineData("\"tools\":[DOC],\"tool_choice\":DOC")]
    [InlineData("\"metadata\":DOC")]
    [InlineData("\"metadata\":{\"user_id\":DOC}")]
    [InlineData("\"thinking\":DOC,\"temperature\":DOC")]
    [InlineData("\"output_config\":{\"format\":{\"type\":\"json_schema\",\"schema\":DOC}}")]
    [InlineData("\"stop_sequences\":[DOC]")]
    public void Odd_JSON_in_any_field_is_carried_as_JSON_or_refused(string field)
    {
        foreach (var (_, bytes) in SharedData.Archive("JSONTestSuite.tgz", _ => { })!
            .Where(file => file.Key.EndsWith(".json", StringComparison.Ordinal)))
        {
            var parts = $"{Plain[..^1]},{field}}}".Split("DOC");
            var body = parts.Skip(1).Aggregate(Encoding.UTF8.GetBytes(parts[0]),
                (before, part) => [.. before, .. bytes, .. Encoding.UTF8.GetBytes(part)]);
            if (ChatRequestBody.TryRead(body, out _) is not null)
            {
                continue;
            }

            using var output = new PooledBuffer();
            var call = Call(Encoding.UTF8.GetString(body));
            try
            {
                Provider(call, drop: true).WriteBody(call, "x", output);
                WireDamage.IsJson(output.WrittenSpan, body);
            }
            catch (UnsupportedFieldException refused)
            {
                Assert.NotEqual("", refused.Field);
            }
        }
    }

    [RecordingsFact("provider-chunks.tgz")]
    public void Real_streams_of_many_providers_keep_their_text_and_their_calls()
    {
        var seen = 0;
        foreach (var (file, chunks) in Recordings.Chunks(""))
        {
            if (!chunks.All(IsChunk) || !chunks.Any(chunk => chunk.Contains("\"delta\"")))
            {
                continue;
            }

            seen++;
            var (events, reader) = Stream("openai-compatible", [.. chunks, "[DONE]"]);

            Assert.True(reader.Fault is null, $"{file}: {reader.Fault?.Message}");
            Read(events, out var text, out var calls);
            var (expected, expectedCalls) = Expected(chunks);
            Assert.True((expected, expectedCalls) == (text, calls), $"{file}: {text}{calls} and not {expected}");
            Assert.EndsWith(Event("message_stop"), events);
        }

        Assert.True(seen > 10, $"only {seen} streams");
    }

    private static bool IsChunk(string line)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            return json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("choices", out _);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>What the chunks say, thoughts first.</summary>
    private static (string Text, string Calls) Expected(string[] chunks)
    {
        StringBuilder thoughts = new(), text = new(), calls = new();
        foreach (var chunk in chunks)
        {
            using var json = JsonDocument.Parse(chunk);
            foreach (var choice in json.RootElement.GetProperty("choices").EnumerateArray())
            {
                if (!choice.TryGetProperty("delta", out var delta) || delta.ValueKind != JsonValueKind.Object)
                {
                    continue;
                }

                thoughts.Append(Word(delta, "reasoning_content") ?? Word(delta, "reasoning"));
                text.Append(Word(delta, "content"));
                foreach (var part in Items(delta, "content"))
                {
                    text.Append(Word(part, "text"));
                    foreach (var thought in Items(part, "thinking"))
                    {
                        thoughts.Append(Word(thought, "text"));
                    }
                }

                foreach (var call in Items(delta, "tool_calls"))
                {
                    var function = call.GetProperty("function");
                    calls.Append(Word(function, "name")).Append(Word(function, "arguments"));
                }
            }
        }

        return ($"{thoughts}|{text}", calls.ToString());
    }

    /// <summary>What Anthropic's events say, and that each is one.</summary>
    private static void Read(string events, out string text, out string calls)
    {
        StringBuilder thoughts = new(), words = new(), tools = new();
        foreach (var sse in events.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var data = sse.IndexOf("\ndata: ", StringComparison.Ordinal);
            using var json = JsonDocument.Parse(sse[(data + 7)..]);
            Assert.Equal($"event: {Word(json.RootElement, "type")}", sse[..data]);
            if (json.RootElement.TryGetProperty("delta", out var delta))
            {
                thoughts.Append(Word(delta, "thinking"));
                words.Append(Word(delta, "text"));
                tools.Append(Word(delta, "partial_json"));
            }
            else if (json.RootElement.TryGetProperty("content_block", out var block))
            {
                tools.Append(Word(block, "name"));
            }
        }

        (text, calls) = ($"{thoughts}|{words}", tools.ToString());
    }

    private static IEnumerable<JsonElement> Items(JsonElement holder, string name) =>
        holder.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().ToList()
            : [];

    /// <summary>A string as it is written: damaged ones may have no meaning.</summary>
    private static string? Word(JsonElement holder, string name) =>
        holder.TryGetProperty(name, out var word) && word.ValueKind == JsonValueKind.String
            ? word.GetRawText()[1..^1]
            : null;
}

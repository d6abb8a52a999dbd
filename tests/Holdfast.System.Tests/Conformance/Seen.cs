using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Holdfast.System.Tests.Conformance;

/// <summary>What a caller gets to see of an answer, however it was asked for.</summary>
/// <param name="Text">The first choice's text.</param>
/// <param name="Calls">The first choice's calls of tools, each with its arguments, in their order.</param>
/// <param name="Finish">Why it ended, in the words of the wire.</param>
/// <param name="Input">The prompt's tokens; null where nothing was said.</param>
/// <param name="Output">The answer's tokens.</param>
internal sealed record Seen(string Text, string Calls, string? Finish, long? Input, long? Output)
{
    /// <summary>How many choices there are.</summary>
    public int Choices { get; init; } = 1;

    /// <summary>How many tools were called.</summary>
    public int CallCount => Calls.Count(one => one == ';');

    /// <summary>A chat completion.</summary>
    public static Seen OfCompletion(JsonElement completion)
    {
        var choice = completion.GetProperty("choices")[0];
        var message = choice.GetProperty("message");
        var calls = message.TryGetProperty("tool_calls", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Select(call => call.GetProperty("function")).ToList() : [];
        return new Seen(Word(message, "content") ?? "",
            string.Concat(calls.Select(call => Call(Word(call, "name"), Word(call, "arguments")))),
            Word(choice, "finish_reason"), Tokens(completion, "prompt_tokens"),
            Tokens(completion, "completion_tokens"))
        {
            Choices = completion.GetProperty("choices").GetArrayLength(),
        };
    }

    /// <summary>The chunks of a chat completion.</summary>
    public static Seen OfChunks(IEnumerable<JsonElement> chunks)
    {
        var text = new StringBuilder();
        var calls = new SortedDictionary<int, (string Name, string Arguments)>();
        var choices = new HashSet<int>();
        var seen = new Seen("", "", null, null, null);
        foreach (var chunk in chunks)
        {
            if (chunk.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object)
            {
                seen = seen with
                {
                    Input = Tokens(chunk, "prompt_tokens"), Output = Tokens(chunk, "completion_tokens"),
                };
            }

            foreach (var choice in chunk.GetProperty("choices").EnumerateArray())
            {
                choices.Add(choice.GetProperty("index").GetInt32());
                if (choice.GetProperty("index").GetInt32() == 0)
                {
                    var delta = choice.GetProperty("delta");
                    text.Append(Word(delta, "content"));
                    AddCalls(calls, delta);
                    seen = seen with { Finish = Word(choice, "finish_reason") ?? seen.Finish };
                }
            }
        }

        return seen with
        {
            Text = text.ToString(), Choices = choices.Count,
            Calls = string.Concat(calls.Values.Select(call => Call(call.Name, call.Arguments))),
        };
    }

    /// <summary>A message of Anthropic's API.</summary>
    public static Seen OfMessage(JsonElement message)
    {
        var blocks = message.GetProperty("content").EnumerateArray().ToList();
        return new Seen(
            string.Concat(blocks.Where(block => Word(block, "type") == "text").Select(block => Word(block, "text"))),
            string.Concat(blocks.Where(block => Word(block, "type") == "tool_use")
                .Select(block => Call(Word(block, "name"), block.GetProperty("input").GetRawText()))),
            Word(message, "stop_reason"), Tokens(message, "input_tokens"), Tokens(message, "output_tokens"));
    }

    /// <summary>A response of OpenAI's Responses API.</summary>
    public static Seen OfResponse(JsonElement response)
    {
        var output = response.GetProperty("output").EnumerateArray().ToList();
        var parts = output.Where(item => Word(item, "type") == "message")
            .SelectMany(item => item.GetProperty("content").EnumerateArray());
        var reason = response.TryGetProperty("incomplete_details", out var details)
            && details.ValueKind == JsonValueKind.Object ? Word(details, "reason") : null;
        return new Seen(string.Concat(parts.Select(part => Word(part, "text"))),
            string.Concat(output.Where(item => Word(item, "type") == "function_call")
                .Select(item => Call(Word(item, "name"), Word(item, "arguments")))),
            reason ?? Word(response, "status"), Tokens(response, "input_tokens"), Tokens(response, "output_tokens"));
    }

    /// <summary>Vectors: how many there are, and of how many numbers; or judgements: which.</summary>
    public static Seen OfInput(JsonElement answer) => new(
        string.Concat(answer.TryGetProperty("data", out var vectors)
            ? vectors.EnumerateArray().Select(vector => $"{Length(vector.GetProperty("embedding"))} ")
            : answer.GetProperty("results").EnumerateArray().Select(one => $"{one.GetProperty("flagged")} ")),
        "", null, null, null);

    private static int Length(JsonElement vector) => vector.ValueKind == JsonValueKind.String
        ? vector.GetBytesFromBase64().Length / sizeof(float) : vector.GetArrayLength();

    /// <summary>A call, with arguments that are written in one way only.</summary>
    public static string Call(string? name, string? arguments) =>
        $"{name}({JsonNode.Parse(arguments ?? "null")?.ToJsonString()});";

    private static void AddCalls(SortedDictionary<int, (string Name, string Arguments)> calls, JsonElement delta)
    {
        if (!delta.TryGetProperty("tool_calls", out var parts) || parts.ValueKind != JsonValueKind.Array)
        {
            return;
        }

        foreach (var part in parts.EnumerateArray())
        {
            var index = part.GetProperty("index").GetInt32();
            var function = part.GetProperty("function");
            var (name, arguments) = calls.GetValueOrDefault(index, ("", ""));
            calls[index] = (name + Word(function, "name"), arguments + Word(function, "arguments"));
        }
    }

    private static string? Word(JsonElement holder, string name) =>
        holder.TryGetProperty(name, out var word) && word.ValueKind == JsonValueKind.String ? word.GetString() : null;

    private static long? Tokens(JsonElement holder, string name) =>
        holder.TryGetProperty("usage", out var usage) && usage.ValueKind == JsonValueKind.Object
        && usage.TryGetProperty(name, out var count) ? count.GetInt64() : null;
}

using System.Text.Json;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Tests.Providers.Anthropic;

namespace Holdfast.Gateway.Tests.Providers;

/// <summary>Holds one dialect to what was really sent and answered.</summary>
public abstract class DialectRecordingsTests
{
    protected const string Exchanges = "recordings-dev.jsonl.gz";
    protected const string ChunkLists = "provider-chunks.tgz";

    private protected abstract DialectWire Wire { get; }

    /// <summary>What the dialect calls a request's messages.</summary>
    private protected virtual string Messages => "messages";

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
                using var json = JsonDocument.Parse(Wire.Request(request));
                Assert.True(json.RootElement.GetProperty(Messages).ValueKind == JsonValueKind.Array, file);
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

    /// <summary>Plays a good stream with usage and returns what its chunks say, but for the usage chunk.</summary>
    private protected JsonElement[] Play(string file, IEnumerable<string> events, out IStreamReader reader)
    {
        var stream = new DialectStream(Wire.OpenStream(includeUsage: true));
        var chunks = stream.Play(events).Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Where(chunk => !chunk.StartsWith(':')).ToArray();

        reader = stream.Reader;
        Assert.True(reader.Fault is null, $"{file}: {reader.Fault}");
        Assert.True(reader is { IsFinished: true, IsWhole: true }, file);
        Assert.Equal("data: [DONE]", chunks[^1]);
        return [.. chunks[..^2].Select(chunk => JsonElement.Parse(chunk["data: ".Length..]).GetProperty("choices")[0]
            .GetProperty("delta"))];
    }

    /// <summary>The text of a member in all deltas.</summary>
    private protected static string Sum(JsonElement[] deltas, string member) => string.Concat(
        deltas.Select(delta => delta.TryGetProperty(member, out var value) ? value.GetString() : ""));

    private protected static IEnumerable<JsonElement> ToolCalls(JsonElement message) =>
        message.TryGetProperty("tool_calls", out var calls) ? calls.EnumerateArray() : [];

    private protected static string FunctionName(JsonElement call) =>
        call.GetProperty("function").GetProperty("name").GetString()!;

    private protected static string Arguments(JsonElement call) =>
        call.GetProperty("function").GetProperty("arguments").GetString()!;

    /// <summary>The arguments of each call in the deltas, put together.</summary>
    private protected static string[] ArgumentsOf(JsonElement[] deltas) =>
        [.. deltas.SelectMany(ToolCalls).GroupBy(call => call.GetProperty("index").GetInt32(), Arguments)
            .OrderBy(call => call.Key).Select(call => string.Concat(call))];
}

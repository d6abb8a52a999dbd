using System.Text;
using System.Text.Json;
using Holdfast.Gateway.Tests.Providers.Anthropic;

namespace Holdfast.Gateway.Tests.Providers.Ollama;

[Trait("Category", "Conformance")]
public class OllamaRecordingsTests : DialectRecordingsTests
{
    private static readonly byte[][] Recorded =
        [.. Recordings.With("127.0.0.1:11434").Where(one => one.Path == "/api/chat").Select(one => one.Answer)];

    private protected override DialectWire Wire => OllamaWire.Wire;

    [RecordingsFact(Exchanges)]
    public void The_recorded_stream_is_translated_to_its_last_letter()
    {
        var lines = Lines(Assert.Single(Recorded, answer => Lines(answer).Length > 1));

        var deltas = Play("test_ollama_async_streaming_chat_legacy", lines, out var reader);

        Assert.Equal(string.Concat(lines.Select(line => Said(JsonElement.Parse(line)))), Sum(deltas, "content"));
        Assert.Equal((17, 63), (reader.Usage.Input, reader.Usage.Output));
    }

    [RecordingsFact(Exchanges)]
    public void The_recorded_stream_comes_out_the_same_however_it_is_cut()
    {
        foreach (var answer in Recorded.Where(answer => Lines(answer).Length > 1))
        {
            Wire.IsTheSameHoweverItIsCut("test_ollama_async_streaming_chat_legacy", answer);
        }
    }

    [RecordingsFact(Exchanges)]
    public void The_recorded_answer_keeps_its_text_and_its_counts()
    {
        var body = Assert.Single(Recorded, answer => Lines(answer).Length == 1);

        var answer = Wire.Answer(body);

        Assert.Null(answer.Fault);
        Assert.Equal(
            Said(JsonElement.Parse(Encoding.UTF8.GetString(body))),
            JsonElement.Parse(answer.Body).GetProperty("choices")[0].GetProperty("message").GetProperty("content")
                .GetString());
        Assert.Equal((17, 66), (answer.Usage.Input, answer.Usage.Output));
    }

    private static string[] Lines(byte[] answer) =>
        Encoding.UTF8.GetString(answer).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string? Said(JsonElement line) => line.GetProperty("message").GetProperty("content").GetString();
}

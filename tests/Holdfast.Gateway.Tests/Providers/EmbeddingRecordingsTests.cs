using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Tests.Calls;
using Holdfast.Gateway.Tests.Providers.Anthropic;

namespace Holdfast.Gateway.Tests.Providers;

/// <summary>What providers of OpenAI's format really answered about an <c>input</c>.</summary>
public sealed class EmbeddingRecordingsTests
{
    private const string Exchanges = "recordings-dev.jsonl.gz";

    private static readonly string[] Hosts =
    [
        "api.openai.com", "api.mistral.ai", "openrouter.ai", "api.voyageai.com", "rubyllm.services.ai.azure.com",
        "test-resource.openai.azure.com",
    ];

    [RecordingsFact(Exchanges)]
    public void Every_real_answer_is_a_good_one_and_goes_through_with_its_tokens()
    {
        var count = 0;
        foreach (var (file, path, status, request, answer) in Hosts.SelectMany(Recordings.With))
        {
            if (status != 200 || !(path.EndsWith("/embeddings") || path.EndsWith("/moderations")))
            {
                continue;
            }

            count++;
            var operation = path.EndsWith("/embeddings") ? Operation.Embeddings : Operation.Moderations;
            var read = OpenAiAnswer.Read(CallOf(request, operation), answer, new PooledBuffer());

            Assert.True(read.Fault is null, $"{file}: {read.Fault}");
            Assert.True(read.Body.Span.SequenceEqual(answer), file);
            using var document = JsonDocument.Parse(answer);
            var tokens = document.RootElement.TryGetProperty("usage", out var usage)
                ? usage.GetProperty("total_tokens").GetInt64() : 0;
            Assert.Equal(tokens, read.Usage.Input);
        }

        Assert.Equal(44, count);
    }

    [RecordingsFact(Exchanges)]
    public void Real_numbers_as_base64_are_the_same_numbers()
    {
        var count = 0;
        foreach (var (file, path, status, request, answer) in Hosts.SelectMany(Recordings.With))
        {
            if (status != 200 || !path.EndsWith("/embeddings") || request.Contains("base64"))
            {
                continue;
            }

            using var before = JsonDocument.Parse(answer);
            var numbers = before.RootElement.GetProperty("data")[0].GetProperty("embedding");
            if (numbers.ValueKind != JsonValueKind.Array)
            {
                continue;
            }

            count++;
            var body = request.TrimEnd()[..^1] + ",\"encoding_format\":\"base64\"}";
            var read = OpenAiAnswer.Read(CallOf(body, Operation.Embeddings), answer, new PooledBuffer());
            using var after = JsonDocument.Parse(read.Body);
            var bytes = after.RootElement.GetProperty("data")[0].GetProperty("embedding").GetBytesFromBase64();

            Assert.Equal(numbers.EnumerateArray().Select(number => number.GetSingle()),
                Enumerable.Range(0, bytes.Length / 4).Select(at => BitConverter.ToSingle(bytes, at * 4)));
            Assert.True(after.RootElement.TryGetProperty("usage", out _), file);
        }

        Assert.True(count > 0);
    }

    // Azure's deployments name the model in their address, and some clients leave it out of the body.
    private static CallRequest CallOf(string request, Operation operation) => InputCall.Of(
        request.Contains("\"model\"") ? request : "{\"model\":\"m\"," + request.TrimStart()[1..], operation);
}

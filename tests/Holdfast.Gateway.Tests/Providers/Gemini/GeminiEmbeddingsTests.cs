using System.Text;
using System.Text.Json;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Tests.Calls;
using Holdfast.Gateway.Tests.Providers.Anthropic;
using static Holdfast.Gateway.Tests.Providers.Gemini.GeminiWire;

namespace Holdfast.Gateway.Tests.Providers.Gemini;

public sealed class GeminiEmbeddingsTests
{
    private const string Exchanges = "recordings-dev.jsonl.gz";

    [Theory]
    [InlineData("gemini", "gemini-embedding-001", "/v1beta/models/gemini-embedding-001:batchEmbedContents")]
    [InlineData("gemini", "models/gemini-embedding-001", "/v1beta/models/gemini-embedding-001:batchEmbedContents")]
    [InlineData("gemini", "../x", "/v1beta/models/..%2Fx:batchEmbedContents")]
    [InlineData("vertex", "gemini-embedding-001",
        "/v1beta1/projects/team/locations/europe-west1/publishers/google/models/gemini-embedding-001:predict")]
    public void The_address_is_of_a_batch_or_of_a_prediction(string type, string model, string path) =>
        Assert.Equal(path, Provider(type: type).UrlFor(Ask("\"x\""), model).AbsolutePath);

    [Fact]
    public void Texts_become_a_batch() => Assert.Equal("""
        {"requests":[{"model":"models/e","content":{"parts":[{"text":"a \"b\" \ud83d"}]},"outputDimensionality":8},
        {"model":"models/e","content":{"parts":[{"text":""}]},"outputDimensionality":8}]}
        """.Joined(), Written("gemini", Ask("""["a \"b\" \ud83d",""]""", ",\"dimensions\":8,\"user\":\"u\"")));

    [Fact]
    public void Texts_become_instances_that_are_not_cut_silently() => Assert.Equal("""
        {"instances":[{"content":"x"}],"parameters":{"autoTruncate":false,"outputDimensionality":8}}
        """.Joined(), Written("vertex", Ask("\"x\"", ",\"dimensions\":8")));

    [Theory]
    [InlineData("[1,2]", "", "input[0]")]
    [InlineData("[[1],[2]]", "", "input[0]")]
    [InlineData("[{\"type\":\"text\"}]", "", "input[0]")]
    [InlineData("\"x\"", ",\"dimensions\":-1", "dimensions")]
    [InlineData("\"x\"", ",\"dimensions\":\"8\"", "dimensions")]
    [InlineData("\"x\"", ",\"truncate\":true", "truncate")]
    [InlineData("\"x\"", ",\"encoding_format\":\"int8\"", "encoding_format")]
    public void What_Google_cannot_do_is_refused_by_name(string input, string more, string field) =>
        Assert.Equal(field, Assert.Throws<UnsupportedFieldException>(
            () => Written("gemini", Ask(input, more))).Field);

    [Fact]
    public void Options_may_be_dropped_and_inputs_never()
    {
        Assert.DoesNotContain("truncate", Written("gemini", Ask("\"x\"", ",\"truncate\":true"), drop: true));
        Assert.Throws<UnsupportedFieldException>(() => Written("gemini", Ask("[1]"), drop: true));
    }

    [Theory]
    [InlineData("""{"embeddings":[{"values":[0.5,-1]},{"values":[2,1e-3]}],"usageMetadata":{"promptTokenCount":7}}""")]
    [InlineData("""
        {"predictions":[{"embeddings":{"values":[0.5,-1],"statistics":{"token_count":3}}},
        {"embeddings":{"values":[2,1e-3],"statistics":{"token_count":4.0}}}]}
        """)]
    public void An_answer_is_written_as_OpenAIs(string body)
    {
        var (text, answer) = Answered(Ask("""["a","b"]"""), body);

        Assert.Equal("""
            {"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5,-1]},
            {"object":"embedding","index":1,"embedding":[2,1e-3]}],"model":"gemini-2.5-flash",
            "usage":{"prompt_tokens":7,"total_tokens":7}}
            """.Joined(), text);
        Assert.Equal(new Usage(7, 0), answer.Usage);
    }

    [Fact]
    public void An_answer_comes_as_base64_where_that_was_asked_for() => Assert.Contains(
        "\"embedding\":\"AAAAPwAAgL8=\"}",
        Answered(Ask("\"a\"", ",\"encoding_format\":\"base64\""), """{"embeddings":[{"values":[0.5,-1]}]}""").Text);

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("<html>")]
    [InlineData("""{"embeddings":{}}""")]
    [InlineData("""{"embeddings":[]}""")]
    [InlineData("""{"embeddings":[{"values":[1]},{"values":[1]}]}""")]
    [InlineData("""{"embeddings":[{"values":[]}]}""")]
    [InlineData("""{"embeddings":[{"values":["1"]}]}""")]
    [InlineData("""{"embeddings":[{"values":"1"}]}""")]
    [InlineData("""{"embeddings":[{}]}""")]
    [InlineData("""{"embeddings":[7]}""")]
    [InlineData("""{"predictions":[{"embeddings":[]}]}""")]
    public void Anything_else_is_a_bad_answer(string body) =>
        Assert.Equal(Outcome.BadAnswer, Answered(Ask("\"a\""), body).Answer.Fault!.Outcome);

    [Fact]
    public void An_error_inside_a_200_means_what_its_code_means() => Assert.Equal(
        Outcome.RateLimited,
        Answered(Ask("\"a\""), """{"error":{"code":429,"message":"slow","status":"RESOURCE_EXHAUSTED"}}""")
            .Answer.Fault!.Outcome);

    [RecordingsFact(Exchanges)]
    public void Real_batches_and_predictions_come_out_with_their_numbers()
    {
        var count = 0;
        foreach (var (file, path, status, _, answer) in Recordings.With("generativelanguage.googleapis.com")
            .Concat(Recordings.With("aiplatform.googleapis.com")))
        {
            if (status != 200 || !(path.EndsWith(":batchEmbedContents") || path.EndsWith(":predict")))
            {
                continue;
            }

            count++;
            using var theirs = JsonDocument.Parse(answer);
            var (text, read) = Answered(Ask("\"a\""), Encoding.UTF8.GetString(answer));
            Assert.True(read.Fault is null, $"{file}: {read.Fault}");
            using var ours = JsonDocument.Parse(text);
            var values = theirs.RootElement.TryGetProperty("embeddings", out var batch)
                ? batch[0].GetProperty("values")
                : theirs.RootElement.GetProperty("predictions")[0].GetProperty("embeddings").GetProperty("values");
            Assert.Equal(values.GetRawText(),
                ours.RootElement.GetProperty("data")[0].GetProperty("embedding").GetRawText());
        }

        Assert.Equal(4, count);
    }

    private static CallRequest Ask(string input, string more = "") =>
        InputCall.Of($$"""{"model":"smart","input":{{input}}{{more}}}""");

    private static string Written(string type, CallRequest call, bool drop = false)
    {
        using var output = new PooledBuffer();
        Provider(drop, type).WriteBody(call, "models/e", output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static (string Text, PlainAnswer Answer) Answered(CallRequest call, string body)
    {
        var answer = Provider().ReadAnswer(
            new AnswerContext(call, Model, 0), Encoding.UTF8.GetBytes(body), new PooledBuffer());
        return (Encoding.UTF8.GetString(answer.Body.Span), answer);
    }
}

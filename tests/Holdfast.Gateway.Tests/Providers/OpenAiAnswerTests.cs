using System.Text;
using System.Text.Json;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Tests.Providers;

/// <summary>What a good answer is, operation by operation; chat's are in <see cref="OpenAiProviderTests"/>.</summary>
public sealed class OpenAiAnswerTests
{
    [Theory]
    [InlineData(1, """{"data":[{"embedding":[1]}]}""")]
    [InlineData(1, """{"data":[{"embedding":"AACAPw==","index":0}],"usage":{"prompt_tokens":3}}""")]
    [InlineData(2, """{"data":[{"index":1,"embedding":[1e-3,2]},{"index":0,"embedding":[3,4]}]}""")]
    [InlineData(0, """{"data":[{"index":5,"embedding":[1]}]}""")]
    public void A_vector_for_each_input_is_good(int inputs, string body) =>
        Assert.Null(Read(Operation.Embeddings, inputs, body).Fault);

    [Theory]
    [InlineData(1, "{}")]
    [InlineData(1, """{"data":{}}""")]
    [InlineData(1, """{"data":[]}""")]
    [InlineData(0, """{"data":[]}""")]
    [InlineData(1, """{"data":[{}]}""")]
    [InlineData(1, """{"data":[{"embedding":[]}]}""")]
    [InlineData(1, """{"data":[{"embedding":""}]}""")]
    [InlineData(1, """{"data":[{"embedding":null}]}""")]
    [InlineData(1, """{"data":[{"embedding":[1,"2"]}]}""")]
    [InlineData(1, """{"data":[{"embedding":[[1]]}]}""")]
    [InlineData(2, """{"data":[{"embedding":[1]}]}""")]
    [InlineData(1, """{"data":[{"embedding":[1]},{"embedding":[1]}]}""")]
    [InlineData(2, """{"data":[{"embedding":[1]},7]}""")]
    [InlineData(2, """{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[1]}]}""")]
    [InlineData(1, """{"data":[{"index":1,"embedding":[1]}]}""")]
    [InlineData(1, """{"data":[{"index":-1,"embedding":[1]}]}""")]
    [InlineData(1, """{"data":[{"index":"0","embedding":[1]}]}""")]
    [InlineData(1, """{"data":[{"embedding":[1]}],"error":{"message":"no"}}""")]
    [InlineData(1, """{"data":[{"embedding":[1""")]
    [InlineData(1, """{"data":[{"embedding":[1]}]} x""")]
    [InlineData(1, "[]")]
    public void Anything_else_is_no_answer_to_a_wish_for_vectors(int inputs, string body) =>
        Assert.Equal(Outcome.BadAnswer, Read(Operation.Embeddings, inputs, body).Fault!.Outcome);

    [Fact]
    public void What_is_base64_already_goes_through_beside_what_becomes_it()
    {
        var answer = Read(Operation.Embeddings, 2,
            """{"x":{"embedding":[7]},"data":[{"embedding":[1], "meta":{"embedding":[8]}},{"embedding":"AACAPw=="}]}""",
            base64: true);

        Assert.Equal("""
            {"x":{"embedding":[7]},"data":[{"embedding":"AACAPw==", "meta":{"embedding":[8]}},{"embedding":"AACAPw=="}]}
            """, Encoding.UTF8.GetString(answer.Body.Span));
    }

    [Theory]
    [InlineData("1e39")]
    [InlineData("-1e400")]
    public void A_number_beyond_32_bits_is_no_part_of_a_vector(string number) =>
        Assert.Equal(Outcome.BadAnswer, Read(
            Operation.Embeddings, 1, $$"""{"data":[{"embedding":[{{number}}]}]}""", base64: true).Fault!.Outcome);

    [Theory]
    [InlineData(1, """{"results":[{"flagged":false,"categories":{}}]}""", true)]
    [InlineData(2, """{"results":[{"categories":{}},{"categories":{}}]}""", true)]
    [InlineData(0, """{"results":[{"categories":{}}]}""", true)]
    [InlineData(2, """{"results":[{"categories":{}}]}""", false)]
    [InlineData(1, """{"results":[]}""", false)]
    [InlineData(1, """{"results":[{"flagged":false}]}""", false)]
    [InlineData(1, """{"results":[{"categories":null}]}""", false)]
    [InlineData(1, """{"results":"none"}""", false)]
    [InlineData(1, "{}", false)]
    public void Every_input_must_have_been_judged(int inputs, string body, bool isGood) =>
        Assert.Equal(isGood, Read(Operation.Moderations, inputs, body).Fault is null);

    [Fact]
    public void Base64_has_the_bits_of_the_numbers_as_they_were_written()
    {
        var random = new Random(7);
        var numbers = Enumerable.Range(0, 3000).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray();
        var body = JsonSerializer.Serialize(new { data = new[] { new { embedding = numbers } } });

        var answer = Read(Operation.Embeddings, 1, body, base64: true);

        var text = JsonDocument.Parse(answer.Body).RootElement.GetProperty("data")[0].GetProperty("embedding");
        var bytes = text.GetBytesFromBase64();
        Assert.Equal(numbers, Enumerable.Range(0, 3000).Select(at => BitConverter.ToSingle(bytes, at * 4)));
    }

    private static PlainAnswer Read(Operation operation, int inputs, string body, bool base64 = false)
    {
        var call = new CallRequest
        {
            Id = "req_1", Dialect = Dialect.OpenAi, Operation = operation, Body = default, Model = "m",
            ModelValue = default, ObjectStart = 0, Inputs = inputs, WantsBase64 = base64,
        };
        return OpenAiAnswer.Read(call, Encoding.UTF8.GetBytes(body), new PooledBuffer());
    }
}

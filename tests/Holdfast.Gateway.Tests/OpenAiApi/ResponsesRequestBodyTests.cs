using System.Text;
using Holdfast.Gateway.OpenAiApi;

namespace Holdfast.Gateway.Tests.OpenAiApi;

public class ResponsesRequestBodyTests
{
    [Fact]
    public void The_few_fields_that_the_gateway_needs_are_found()
    {
        var wrong = Read(
            """ {"input":[{"role":"user","content":"a"}],"max_output_tokens":9,"model":"m","stream":true} """,
            out var fields);

        Assert.Null(wrong);
        Assert.Equal(("m", true, 9), (fields.Model, fields.Stream, fields.MaxOutputTokens));
    }

    [Theory]
    [InlineData("""{"model":"m"}""")]
    [InlineData("""{"model":"m","input":null}""")]
    [InlineData("""{"model":"m","input":[]}""")]
    [InlineData("""{"model":"m","input":"","stream_options":{"include_obfuscation":false}}""")]
    public void Whether_something_is_asked_at_all_is_the_providers_to_judge(string body) =>
        Assert.Null(Read(body, out _));

    [Theory]
    [InlineData("""{"input":"a"}""", "missing_field", "model")]
    [InlineData("""{"model":1,"input":"a"}""", "invalid_value", "model")]
    [InlineData("""{"model":"m","model":"m"}""", "invalid_value", "model")]
    [InlineData("""{"model":"m","input":1}""", "invalid_value", "input")]
    [InlineData("""{"model":"m","input":{}}""", "invalid_value", "input")]
    [InlineData("""{"model":"m","input":[{},"a"]}""", "invalid_value", "input[1]")]
    [InlineData("""{"model":"m","input":"a","input":"b"}""", "invalid_value", "input")]
    [InlineData("""{"model":"m","stream":1}""", "invalid_value", "stream")]
    [InlineData("""{"model":"m","input":"a" """, "invalid_json", null)]
    [InlineData("""[]""", "invalid_value", null)]
    public void A_wrong_field_is_named(string body, string code, string? field)
    {
        var wrong = Read(body, out _)!;

        Assert.Equal((400, code, field), (wrong.Status, wrong.Code, wrong.Param));
    }

    private static Gateway.Calls.CallError? Read(string body, out CallFields fields) =>
        ResponsesRequestBody.TryRead(Encoding.UTF8.GetBytes(body), out fields);
}

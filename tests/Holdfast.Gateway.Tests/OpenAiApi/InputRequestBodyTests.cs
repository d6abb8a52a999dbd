using System.Text;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.OpenAiApi;

namespace Holdfast.Gateway.Tests.OpenAiApi;

public sealed class InputRequestBodyTests
{
    [Theory]
    [InlineData("\"one\"", 1)]
    [InlineData("\"\"", 1)]
    [InlineData("[\"one\"]", 1)]
    [InlineData("[\"one\",\"two\",\"three\"]", 3)]
    [InlineData("[1,2,3]", 1)]
    [InlineData("[[1,2],[3]]", 2)]
    [InlineData("[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"image_url\"}]", 0)]
    public void The_inputs_that_are_to_be_answered_are_counted(string input, int count)
    {
        Assert.Null(Embeddings($$"""{"model":"m","input":{{input}}}""", out var fields));

        Assert.Equal((count, "m", false, false), (fields.Inputs, fields.Model, fields.Stream, fields.WantsBase64));
    }

    [Theory]
    [InlineData("""{"model":"m"}""", "missing_field", "input")]
    [InlineData("""{"input":"x"}""", "missing_field", "model")]
    [InlineData("""{"model":"m","input":"x","input":"y"}""", "invalid_value", "input")]
    [InlineData("""{"model":"m","input":[]}""", "invalid_value", "input")]
    [InlineData("""{"model":"m","input":7}""", "invalid_value", "input")]
    [InlineData("""{"model":"m","input":null}""", "invalid_value", "input")]
    [InlineData("""{"model":"m","input":{"text":"x"}}""", "invalid_value", "input")]
    [InlineData("""{"model":"m","input":["x",null]}""", "invalid_value", "input[1]")]
    [InlineData("""{"model":"m","input":["x",1]}""", "invalid_value", "input[1]")]
    [InlineData("""{"model":"m","input":[true]}""", "invalid_value", "input[0]")]
    [InlineData("""{"model":"m","model":"n","input":"x"}""", "invalid_value", "model")]
    [InlineData("""{"model":"m","input":"x"}}""", "invalid_json", null)]
    [InlineData("""{"model":"m","input":[[1],[}""", "invalid_json", null)]
    [InlineData("""["x"]""", "invalid_value", null)]
    public void What_is_wrong_is_refused_with_its_place(string body, string code, string? field)
    {
        var error = Embeddings(body, out _);

        Assert.Equal((400, code, field), (error!.Status, error.Code, error.Param));
    }

    [Theory]
    [InlineData("\"base64\"", true)]
    [InlineData("\"float\"", false)]
    [InlineData("null", false)]
    [InlineData("[\"base64\"]", false)]
    public void Base64_is_asked_for_by_its_word(string format, bool wanted)
    {
        Assert.Null(Embeddings($$"""{"encoding_format":{{format}},"model":"m","input":"x"}""", out var fields));

        Assert.Equal(wanted, fields.WantsBase64);
    }

    [Fact]
    public void A_moderation_without_a_model_takes_OpenAIs_own_and_says_where_it_is_missing()
    {
        const string Body = """ {"input":"x"}""";

        Assert.Null(InputRequestBody.TryReadModerations(Encoding.UTF8.GetBytes(Body), out var fields));

        Assert.Equal(("omni-moderation-latest", 2, 2..2), (fields.Model, fields.ObjectStart, fields.ModelValue));
    }

    private static CallError? Embeddings(string body, out CallFields fields) =>
        InputRequestBody.TryReadEmbeddings(Encoding.UTF8.GetBytes(body), out fields);
}

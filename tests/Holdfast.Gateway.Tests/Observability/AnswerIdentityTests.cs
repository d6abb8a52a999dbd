using System.Text;
using Holdfast.Gateway.Observability;

namespace Holdfast.Gateway.Tests.Observability;

public sealed class AnswerIdentityTests
{
    [Theory]
    [InlineData("""{"id":"a","object":"x","model":"m"}""", "a", "m")]
    [InlineData("""{"model":"m\u0041","choices":[{"id":"no","model":"no"}],"id":"a"}""", "a", "mA")]
    [InlineData("data: {\"id\":\"a\",\"model\":\"m\",\"choices\":[]}\n\ndata: {\"id\":\"b\"}\n\n", "a", "m")]
    [InlineData("event: message_start\ndata: {\"type\":\"message_start\"}\n\n", null, null)]
    [InlineData("""{"id":7,"model":null}""", null, null)]
    [InlineData("""{"id":"a","choices":[{"text":"cut off""", "a", null)]
    [InlineData("""{"id":"a",]""", "a", null)]
    [InlineData("""{"id":"a","model":"\ud800"}""", "a", null)]
    [InlineData("""{"model":"m","i\ud800":"a"}""", null, "m")]
    [InlineData("no JSON", null, null)]
    [InlineData("", null, null)]
    public void The_answers_own_id_and_model_are_found(string answer, string? id, string? model) =>
        Assert.Equal((id, model), AnswerIdentity.Read(Encoding.UTF8.GetBytes(answer)));

    [Fact]
    public void What_is_too_long_for_a_name_is_none()
    {
        var answer = $$"""{"id":"{{new string('x', 500)}}","model":"m"}""";

        Assert.Equal((null, "m"), AnswerIdentity.Read(Encoding.UTF8.GetBytes(answer)));
    }
}

using System.Text;
using Holdfast.Gateway.Tests.Calls;
using Holdfast.Gateway.Tests.Providers;
using Holdfast.Gateway.Validation;

namespace Holdfast.Gateway.Tests.Validation;

public sealed class AnswerValidatorTests
{
    private const string Capped = """{"model":"m","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}""";

    [Theory]
    [InlineData("""[{"index":0,"message":{"content":"abcd"}}]""", null)]
    [InlineData("""[{"index":0,"message":{"content":" ab\n "}}]""", "the text has fewer than 4 characters")]
    [InlineData("""[{"index":0,"message":{"content":null}}]""", "the text has fewer than 4 characters")]
    [InlineData("""[{"index":0,"message":{"content":[{"text":"ab"},{"text":"cd"}]}}]""", null)]
    [InlineData("""[{"message":{"content":"abcd"}},{"message":{"content":"a"}}]""",
        "choice 1: the text has fewer than 4 characters")]
    [InlineData("""[{"index":0,"message":{"content":"a"},"finish_reason":"length"}]""",
        "the text has fewer than 4 characters")]
    public void Every_choices_text_is_checked(string choices, string? failure) =>
        Assert.Equal(failure, Check(choices));

    [Theory]
    [InlineData("""{"message":{"content":null,"refusal":"I can't"}}""")]
    [InlineData("""{"message":{"content":"a"},"finish_reason":"content_filter"}""")]
    [InlineData("""{"finish_reason":"content_filter"}""")]
    [InlineData("""{"message":{"content":"a","tool_calls":[{"id":"1"}]}}""")]
    [InlineData("""{"message":{"function_call":{"name":"f"}}}""")]
    [InlineData("""{"message":{"audio":{"id":"1"}}}""")]
    public void An_answer_of_another_kind_is_an_answer(string choice) => Assert.Null(Check($"[{choice}]"));

    [Fact]
    public void A_text_that_the_callers_own_limit_cut_is_its_own_doing() =>
        Assert.Null(Check("""[{"message":{"content":"a"},"finish_reason":"length"}]""", call: Capped));

    [Fact]
    public void A_stream_is_put_together_from_its_events()
    {
        const string More = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"!!\"}}]}\r\n\r\n";
        var events = ": ping\n\n" + ClientFixture.Role + ClientFixture.Hi + More + ClientFixture.Stop
            + ClientFixture.Done;

        Assert.Null(Validator().Check(ChatCall.Of(ChatCall.Streamed), Encoding.UTF8.GetBytes(events)));
        Assert.Equal("the text has fewer than 4 characters", Validator().Check(ChatCall.Of(ChatCall.Streamed),
            Encoding.UTF8.GetBytes(ClientFixture.Role + ClientFixture.Hi + ClientFixture.Stop)));
    }

    [Fact]
    public void The_pattern_may_match_anywhere() =>
        Assert.Equal("the text does not match the pattern",
            Check("""[{"message":{"content":"abcd"}}]""", new ValidationOptions { Pattern = Pattern("[0-9]") }));

    [Fact]
    public void A_pattern_that_explodes_is_a_failed_validation() =>
        Assert.Equal("the pattern did not end within 250 ms",
            Check($$$"""[{"message":{"content":"{{{new string('a', 50)}}}!"}}]""",
                new ValidationOptions { Pattern = Pattern("(?=a)(a+)+$") }));

    [Fact]
    public void An_answer_too_large_to_be_checked_is_a_bad_one() =>
        Assert.Equal("the answer is larger than 10 bytes, the most that is checked",
            Check("""[{"message":{"content":"abcd"}}]""", new ValidationOptions { MaxBytes = 10 }));

    private static TextPattern Pattern(string text)
    {
        Assert.True(TextPattern.TryCreate(text, out var pattern, out _));
        return pattern;
    }

    private static AnswerValidator Validator(ValidationOptions? options = null) =>
        new(options ?? new ValidationOptions { MinLength = 4 }, new ManualTimeProvider());

    private static string? Check(string choices, ValidationOptions? options = null, string call = ChatCall.Plain) =>
        Validator(options).Check(ChatCall.Of(call), Encoding.UTF8.GetBytes($$"""{"choices":{{choices}}}"""));
}

using System.Text;
using Holdfast.Gateway.Validation;

namespace Holdfast.Gateway.Tests.Validation;

public class ResponsesTextsTests
{
    [Theory]
    [InlineData("""
        {"output":[{"type":"message","content":[{"type":"output_text","text":"a"},{"type":"output_text","text":"b"}]}]}
        """, "ab", false, false)]
    [InlineData("""{"output":[{"type":"reasoning","id":"r","content":[{"type":"reasoning_text","text":"hm"}]}]}""",
        "", false, false)]
    [InlineData("""{"output":[{"type":"message","content":[{"type":"refusal","refusal":"no"}]}]}""", "", true, false)]
    [InlineData("""{"output":[{"type":"message","content":[{"type":"refusal","refusal":""}]}]}""", "", false, false)]
    [InlineData("""{"output":[{"type":"function_call","name":"f"}]}""", "", true, false)]
    [InlineData("""{"output":[{"type":"function_call"}]}""", "", false, false)]
    [InlineData("""{"incomplete_details":{"reason":"max_output_tokens"},"output":[]}""", "", false, true)]
    [InlineData("""{"incomplete_details":{"reason":"content_filter"},"output":[]}""", "", true, false)]
    [InlineData("""{"incomplete_details":null,"output":[1,{"type":"message","content":[1]}]}""", "", false, false)]
    public void A_response_says_its_text_and_whether_it_is_one(string body, string text, bool other, bool cut)
    {
        var read = ResponsesTexts.OfAnswer(Encoding.UTF8.GetBytes(body))[0];

        Assert.Equal((text, other, cut), (read.Text, read.IsOfOtherKind, read.IsCutByLength));
    }

    [Fact]
    public void A_stream_says_what_its_last_event_says()
    {
        var read = ResponsesTexts.OfStream(Encoding.UTF8.GetBytes("""
            data: {"type":"response.created","response":{"output":[]}}

            data: {"type":"response.output_text.delta","delta":"a"}

            data: {"type":"response.completed","response":{"output":[{"type":"message","content":[{"type":"output_text","text":"ab"}]}]}}

            data: [DONE]


            """))[0];

        Assert.Equal("ab", read.Text);
    }
}

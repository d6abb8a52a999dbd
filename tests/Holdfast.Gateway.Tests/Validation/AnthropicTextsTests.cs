using System.Text;
using Holdfast.Gateway.Validation;

namespace Holdfast.Gateway.Tests.Validation;

public class AnthropicTextsTests
{
    [Theory]
    [InlineData("""[{"type":"text","text":"a"},{"type":"thinking","thinking":"b"},{"type":"text","text":"c"}]""",
        "end_turn", "ac", false, false)]
    [InlineData("""[{"type":"text","text":"a"},{"type":"tool_use","id":"t","name":"f","input":{}}]""",
        "tool_use", "a", true, false)]
    [InlineData("""[{"type":"tool_use"},{"type":"text","text":"a"}]""", "end_turn", "a", false, false)]
    [InlineData("""[{"type":"text","text":"a"}]""", "max_tokens", "a", false, true)]
    [InlineData("[]", "refusal", "", true, false)]
    [InlineData("[7]", "end_turn", "", false, false)]
    public void A_message_is_told_by_its_text_and_its_end(
        string content, string reason, string text, bool isOfOtherKind, bool isCut)
    {
        var whole = AnthropicTexts.OfAnswer(Encoding.UTF8.GetBytes(
            $$"""{"content":{{content}},"stop_reason":"{{reason}}"}"""))[0];

        Assert.Equal((text, isOfOtherKind, isCut), (whole.Text, whole.IsOfOtherKind, whole.IsCutByLength));
    }

    [Fact]
    public void A_stream_is_told_by_the_same()
    {
        string[] events =
        [
            """{"type":"message_start","message":{"content":[],"stop_reason":null}}""",
            """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"a"}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"b"}}""",
            """{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"f"}}""",
            """{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{"}}""",
            """{"type":"message_delta","delta":{"stop_reason":"max_tokens"}}""",
        ];

        var whole = AnthropicTexts.OfStream(Encoding.UTF8.GetBytes(
            ": ping\n\n" + string.Concat(events.Select(one => $"event: e\ndata: {one}\n\n"))))[0];

        Assert.Equal(("ab", true, true), (whole.Text, whole.IsOfOtherKind, whole.IsCutByLength));
    }
}

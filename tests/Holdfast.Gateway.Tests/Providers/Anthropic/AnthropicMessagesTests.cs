using static Holdfast.Gateway.Tests.Providers.Anthropic.AnthropicWire;

namespace Holdfast.Gateway.Tests.Providers.Anthropic;

public class AnthropicMessagesTests
{
    private const string Png = "data:image/png;base64,iVBORw0KGgo+/w==";

    [Fact]
    public void System_and_developer_texts_leave_the_conversation_in_their_order() => Assert.Equal("""
        "system":[{"type":"text","text":"A"},{"type":"text","text":"B","cache_control":{"type":"ephemeral"}},
        {"type":"text","text":"C"}],"messages":[{"role":"user","content":[{"type":"text","text":"1"},{"type":"text",
        "text":"2"}]}]
        """.Joined(), Messages("""
        [{"role":"system","content":"A"},{"role":"user","content":"1"},{"role":"developer","content":[{"type":"text",
        "text":"B","cache_control":{"type":"ephemeral"}},{"type":"text","text":""}]},{"role":"user","content":"2"},
        {"role":"system","content":"C"},{"role":"system","content":""}]
        """.Joined()));

    [Fact]
    public void Text_goes_through_as_it_was_escaped() => Assert.Equal("""
        "messages":[{"role":"user","content":[{"type":"text","text":"ä \u00e4 \/ \ud83d 😀 <&'>"}]}]
        """, Messages("""
        [{"role":"user","content":"ä \u00e4 \/ \ud83d 😀 <&'>"}]
        """));

    [Fact]
    public void Images_come_inline_or_by_address() => Assert.Equal("""
        "messages":[{"role":"user","content":[{"type":"image","source":{"type":"base64","media_type":"image/png",
        "data":"iVBORw0KGgo+/w=="},"cache_control":{"type":"ephemeral"}},{"type":"image","source":{"type":"url",
        "url":"https://a.example/x.png?a=1&b=2"}},{"type":"image","source":{"type":"base64","media_type":"image/jpeg",
        "data":"/9j/"}}]}]
        """.Joined(), Messages($$$"""
        [{"role":"user","content":[{"type":"image_url","image_url":{"url":"{{{Png}}}","detail":"low"},
        "cache_control":{"type":"ephemeral"}},{"type":"image_url",
        "image_url":{"url":"https:\/\/a.example\/x.png?a=1&b=2"}},{"type":"image_url",
        "image_url":{"url":"DATA:image\/jpg;charset=x;base64,\/9j\/"}}]}]
        """.Joined()));

    [Fact]
    public void A_PDF_becomes_a_document() => Assert.Equal("""
        "messages":[{"role":"user","content":[{"type":"document","source":{"type":"base64",
        "media_type":"application/pdf","data":"JVBERi0="},"title":"a.pdf"}]}]
        """.Joined(), Messages("""
        [{"role":"user","content":[{"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,
        JVBERi0="}}]}]
        """.Joined()));

    [Fact]
    public void A_round_of_parallel_tool_calls_keeps_calls_and_results_together() => Assert.Equal("""
        "messages":[{"role":"user","content":[{"type":"text","text":"Weather?"}]},{"role":"assistant",
        "content":[{"type":"text","text":"Looking."},{"type":"tool_use","id":"call_a","name":"w",
        "input":{"city": "K\u00f6ln", "n": 1.0}},{"type":"tool_use","id":"functions_w_1","name":"now","input":{}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"call_a","content":"sunny"},
        {"type":"tool_result","tool_use_id":"functions_w_1","content":[{"type":"text","text":"noon"}]},{"type":"text",
        "text":"And?"}]}]
        """.Joined(), Messages("""
        [{"role":"user","content":"Weather?"},{"role":"assistant","content":"Looking.","tool_calls":[{"id":"call_a",
        "type":"function","function":{"name":"w","arguments":"{\"city\": \"K\\u00f6ln\", \"n\": 1.0}"}},
        {"id":"functions.w:1","type":"function","function":{"name":"now","arguments":""}}]},{"role":"tool",
        "tool_call_id":"call_a","content":"sunny"},{"role":"tool","tool_call_id":"functions.w:1",
        "content":[{"type":"text","text":"noon"}]},{"role":"user","content":"And?"}]
        """.Joined()));

    [Fact]
    public void Empty_texts_disappear_and_refusals_are_text() => Assert.Equal("""
        "messages":[{"role":"user","content":[{"type":"text","text":"a"}]},{"role":"assistant",
        "content":[{"type":"text","text":"No."},{"type":"text","text":"Never."}]}]
        """.Joined(), Messages("""
        [{"role":"user","content":"a"},{"role":"assistant","content":""},{"role":"assistant","content":null,
        "refusal":"No."},{"role":"assistant","content":[{"type":"refusal","refusal":"Never."},{"type":"text",
        "text":""}],"refusal":""}]
        """.Joined()));

    [Theory]
    [InlineData("""{"role":"function","name":"f","content":"1"}""", "messages[0].role")]
    [InlineData("""{"content":"1"}""", "messages[0].role")]
    [InlineData("7", "messages[0]")]
    [InlineData("""{"role":"user"}""", "messages[0].content")]
    [InlineData("""{"role":"user","content":null}""", "messages[0].content")]
    [InlineData("""{"role":"assistant","content":7}""", "messages[0].content")]
    [InlineData("""{"role":"system","content":{}}""", "messages[0].content")]
    [InlineData("""{"role":"system","content":[{"type":"image_url"}]}""", "messages[0].content[0].type")]
    [InlineData("""{"role":"user","content":["x"]}""", "messages[0].content[0].type")]
    [InlineData("""{"role":"user","content":[{"type":"text"}]}""", "messages[0].content[0].text")]
    [InlineData("""{"role":"user","content":[{"type":"text","text":"x"},{"type":"input_audio","input_audio":{}}]}""",
        "messages[0].content[1].type")]
    [InlineData("""{"role":"user","content":[{"type":"image_url","image_url":"x"}]}""",
        "messages[0].content[0].image_url.url")]
    [InlineData("""{"role":"user","content":[{"type":"image_url","image_url":{"url":"file:///etc/passwd"}}]}""",
        "messages[0].content[0].image_url.url")]
    [InlineData("""{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/bmp;base64,AA"}}]}""",
        "messages[0].content[0].image_url.url")]
    [InlineData("""{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png,AA"}}]}""",
        "messages[0].content[0].image_url.url")]
    [InlineData("""{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:;base64,\ud83d"}}]}""",
        "messages[0].content[0].image_url.url")]
    [InlineData("""{"role":"user","content":[{"type":"file","file":{"file_id":"file-1"}}]}""",
        "messages[0].content[0].file.file_data")]
    [InlineData("""{"role":"user","content":[{"type":"file","file":{"file_data":"data:text/csv;base64,AA"}}]}""",
        "messages[0].content[0].file.file_data")]
    [InlineData("""{"role":"assistant","content":"x","function_call":{"name":"f","arguments":""}}""",
        "messages[0].function_call")]
    [InlineData("""{"role":"assistant","audio":{"id":"a"}}""", "messages[0].audio")]
    [InlineData("""{"role":"assistant","refusal":{}}""", "messages[0].refusal")]
    [InlineData("""{"role":"assistant","tool_calls":{}}""", "messages[0].tool_calls")]
    [InlineData("""{"role":"assistant","tool_calls":[{"id":"a","type":"custom","custom":{}}]}""",
        "messages[0].tool_calls[0].function")]
    [InlineData("""{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"{}"}}]}""",
        "messages[0].tool_calls[0].id")]
    [InlineData("""{"role":"assistant","tool_calls":[{"id":"a","function":{"arguments":"{}"}}]}""",
        "messages[0].tool_calls[0].function.name")]
    [InlineData("""{"role":"tool","content":"x"}""", "messages[0].tool_call_id")]
    [InlineData("""{"role":"tool","tool_call_id":"","content":"x"}""", "messages[0].tool_call_id")]
    [InlineData("""{"role":"tool","tool_call_id":"a"}""", "messages[0].content")]
    public void Content_that_cannot_be_carried_is_refused_by_place_even_where_options_are_dropped(
        string message, string field) =>
        Assert.Equal(field, Wire.Refused($$"""{"messages":[{{message}}]}""", drop: true).Field);

    [Theory]
    [InlineData("""{\"a\":1""")]
    [InlineData("""{\"a\":1}}""")]
    [InlineData("""{\"a\":\ud83d}""")]
    [InlineData("[1]")]
    [InlineData("null")]
    [InlineData("{'a':1}")]
    public void Arguments_that_are_no_JSON_object_are_refused_by_place(string arguments) => Assert.Equal(
        "messages[1].tool_calls[1].function.arguments",
        Wire.Refused($$$"""
            {"messages":[{"role":"user","content":"x"},{"role":"assistant","tool_calls":[{"id":"a",
            "function":{"name":"f","arguments":"{}"}},{"id":"b","function":{"name":"f",
            "arguments":"{{{arguments}}}"}}]}]}
            """.Joined()).Field);

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"messages":null}""")]
    [InlineData("""{"messages":"hello"}""")]
    public void Messages_must_be_there(string body) => Assert.Equal("messages", Wire.Refused(body).Field);
}

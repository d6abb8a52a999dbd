using Holdfast.Gateway.Tests.Providers.Anthropic;
using static Holdfast.Gateway.Tests.Providers.Gemini.GeminiWire;

namespace Holdfast.Gateway.Tests.Providers.Gemini;

public class GeminiContentsTests
{
    private const string Unsigned = "\"thoughtSignature\":\"c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=\"";

    [Fact]
    public void Instructions_stand_apart_and_neighbours_of_one_role_become_one_content() => Assert.Equal(
        """
        "systemInstruction":{"parts":[{"text":"A"},{"text":"B"},{"text":"C"}]},
        "contents":[{"role":"user","parts":[{"text":"1"},{"text":"2"}]},
        {"role":"model","parts":[{"text":"3"},{"text":"No"}]},{"role":"user","parts":[{"text":"4"}]}]
        """.Joined(),
        Contents("""
            [{"role":"system","content":"A"},{"role":"user","content":"1"},{"role":"user","content":
            [{"type":"text","text":""},{"type":"text","text":"2"}]},{"role":"assistant","content":"3"},
            {"role":"assistant","content":"","refusal":"No"},{"role":"developer","content":
            [{"type":"text","text":"B"},{"type":"text","text":"C"}]},{"role":"user","content":"4"}]
            """.Joined()));

    [Fact]
    public void Text_keeps_its_escapes() => Assert.Equal(
        """
        "contents":[{"role":"user","parts":[{"text":"\ud83d \u00e4 \n"}]}]
        """,
        Contents("""[{"role":"user","content":"\ud83d \u00e4 \n"}]"""));

    [Fact]
    public void Images_files_and_sounds_are_data_or_links() => Assert.Equal(
        """
        "contents":[{"role":"user","parts":[{"inlineData":{"mimeType":"image/png","data":"iVBO/w=="}},
        {"fileData":{"mimeType":"image/jpeg","fileUri":"https://a.example/x.jpg?y"}},
        {"fileData":{"fileUri":"https://a.example/x"}},{"inlineData":{"mimeType":"application/pdf","data":"JVBE"}},
        {"inlineData":{"mimeType":"audio/wav","data":"UklG"}}]}]
        """.Joined(),
        Contents("""
            [{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image\/png;base64,iVBO\/w=="}},
            {"type":"image_url","image_url":{"url":"https://a.example/x.jpg?y"}},
            {"type":"image_url","image_url":{"url":"https://a.example/x"}},
            {"type":"file","file":{"filename":"f","file_data":"data:application/pdf;base64,JVBE"}},
            {"type":"input_audio","input_audio":{"data":"UklG","format":"wav"}}]}]
            """.Joined()));

    [Fact]
    public void Calls_and_their_results_meet_by_id_and_name() => Assert.Equal(
        """
        "contents":[{"role":"model","parts":[{"functionCall":{"id":"a","name":"f","args":{"x":1}}},
        {"functionCall":{"id":"b","name":"g","args":{}}}]},
        {"role":"user","parts":[{"functionResponse":{"id":"b","name":"g","response":{"output":"{\"y\":2}"}}},
        {"functionResponse":{"id":"\u0061","name":"f","response":{"output":["p","q"]}}}]}]
        """.Joined(),
        Contents("""
            [{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":
            "{\"x\":1}"}},{"id":"b","type":"function","function":{"name":"g","arguments":""}}]},
            {"role":"tool","tool_call_id":"b","content":"{\"y\":2}"},{"role":"tool","tool_call_id":"\u0061",
            "content":[{"type":"text","text":"p"},{"type":"text","text":"q"}]}]
            """.Joined()));

    [Fact]
    public void A_signature_that_left_with_a_call_goes_back_with_it() => Assert.Equal(
        """
        "contents":[{"role":"model","parts":[{"functionCall":{"id":"a","name":"f","args":{}},
        "thoughtSignature":"s\/1"}]}]
        """.Joined(),
        Contents("""
            [{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f",
            "arguments":"{}"},"extra_content":{"google":{"thought_signature":"s\/1"}}}]}]
            """.Joined()));

    [Theory]
    [InlineData("gemini-3-flash-preview", 2)]
    [InlineData("gemini-flash-latest", 2)]
    [InlineData("gemini-2.5-flash", 0)]
    [InlineData("gemini-1.5-pro", 0)]
    public void Each_turns_first_call_says_where_wanted_that_its_signature_is_lost(string model, int count)
    {
        var contents = Contents("""
            [{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"}},
            {"id":"b","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"a","content":"x"},
            {"role":"assistant","tool_calls":[{"id":"c","function":{"name":"f","arguments":"{}"}}]}]
            """.Joined(), model);

        Assert.Equal(count, contents.Split(Unsigned).Length - 1);
    }

    [Theory]
    [InlineData("""[{"role":"tool","tool_call_id":"a","content":"x"}]""", "messages[0].tool_call_id")]
    [InlineData("""[{"role":"tool","tool_call_id":"","content":"x"}]""", "messages[0].tool_call_id")]
    [InlineData("""[{"role":"system","content":[{"type":"image_url"}]}]""", "messages[0].content[0].type")]
    [InlineData("""[{"role":"user","content":[{"type":"video"}]}]""", "messages[0].content[0].type")]
    [InlineData(
        """[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/gif;base64,R0lG"}}]}]""",
        "messages[0].content[0].image_url.url")]
    [InlineData(
        """[{"role":"assistant","tool_calls":[{"id":"a","function":{"name":"f","arguments":"[]"}}]}]""",
        "messages[0].tool_calls[0].function.arguments")]
    public void Content_that_cannot_be_carried_is_always_refused(string messages, string field) =>
        Assert.Equal(field, Wire.Refused($$"""{"messages":{{messages}}}""", drop: true).Field);
}

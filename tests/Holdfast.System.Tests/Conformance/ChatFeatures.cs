using System.Text.Json;

namespace Holdfast.System.Tests.Conformance;

/// <summary>What callers of chat completions may ask for.</summary>
internal static class ChatFeatures
{
    private const string Image = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAA";

    private const string Weather = """
        {"type":"function","function":{"name":"get_weather","description":"Says how the weather is.","parameters":{
        "type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}}}
        """;

    private const string Time = """
        {"type":"function","function":{"name":"get_time","parameters":{
        "type":"object","properties":{"zone":{"type":"string"}},"required":["zone"],"additionalProperties":false}}}
        """;

    private const string AskBoth =
        """ "messages":[{"role":"user","content":"Please use get_weather and get_time."}] """;

    public static readonly IReadOnlyList<Feature> All =
    [
        new("an answer", "", "{}")
        {
            Check = seen =>
            {
                Assert.Equal("stop", seen.Finish);
                Assert.NotEqual("", seen.Text);
                Assert.True(seen.Input > 0 && seen.Output > 0);
            },
        },
        new("system message, several turns", "messages", """
            {"messages":[{"role":"system","content":"Speak plainly."},{"role":"user","content":"Hello, Größe."},
            {"role":"assistant","content":"Good morning."},{"role":"user","content":"Why do bridges stand?"}]}
            """)
        {
            Carried = ["Speak plainly.", "Good morning."],
        },
        new("image", "messages", Content($$"""
            {"type":"image_url","image_url":{"url":"data:image/png;base64,{{Image}}"} }
            """)) { Carried = [Image] },
        new("link to an image", "messages", Content("""
            {"type":"image_url","image_url":{"url":"https://example.com/bridge.png"}}
            """)) { Carried = ["example.com/bridge.png"] },
        new("PDF file", "messages", Content("""
            {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERi0xLjQKJcOk"}}
            """)) { Carried = ["JVBERi0xLjQKJcOk"] },
        new("sound", "messages", Content("""
            {"type":"input_audio","input_audio":{"data":"UklGRiQAAABXQVZF","format":"wav"}}
            """)) { Carried = ["UklGRiQAAABXQVZF"] },
        new("tools", "tools", $$"""
            {"tools":[{{Weather}},{{Time}}],"messages":[{"role":"user","content":"Please use get_weather."}]}
            """)
        {
            Carried = ["get_time", "Says how the weather is."],
            Check = seen => Calls(seen, "get_weather({\"city\":"),
        },
        new("several calls at once", "tools", $$"""{"tools":[{{Weather}},{{Time}}],{{AskBoth}}}""")
        {
            Check = seen => Calls(seen, "get_weather({\"city\":", "get_time({\"zone\":"),
        },
        new("a tool's result", "messages tools", $$"""
            {"tools":[{{Weather}}],"messages":[{"role":"user","content":"Please use get_weather."},
            {"role":"assistant","content":null,"tool_calls":[{"id":"call_000000001","type":"function","function":{
            "name":"get_weather","arguments":"{\"city\":\"Berlin\"}"} }]},
            {"role":"tool","tool_call_id":"call_000000001","content":"Twenty degrees."}]}
            """)
        {
            Carried = ["Twenty degrees."],
            Check = seen => Assert.NotEqual("", seen.Text),
        },
        new("`tool_choice: required`", "tool_choice tools", $$"""{"tools":[{{Weather}}],"tool_choice":"required"}""")
        {
            Check = seen => Calls(seen, "get_weather({\"city\":"),
        },
        new("`tool_choice`: a function", "tool_choice tools", $$"""
            {"tools":[{{Weather}},{{Time}}],"tool_choice":{"type":"function","function":{"name":"get_time"} } }
            """)
        {
            Check = seen => Calls(seen, "get_time({\"zone\":"),
        },
        new("`tool_choice: none`", "tool_choice tools", $$"""
            {"tools":[{{Weather}}],"tool_choice":"none",{{AskBoth}}}
            """)
        {
            Check = seen => Assert.Equal(0, seen.CallCount),
        },
        new("`parallel_tool_calls: false`", "parallel_tool_calls tools", $$"""
            {"tools":[{{Weather}},{{Time}}],"parallel_tool_calls":false,{{AskBoth}}}
            """)
        {
            Check = seen => Calls(seen, "get_weather({\"city\":"),
        },
        new("`response_format: json_schema`", "response_format", """
            {"response_format":{"type":"json_schema","json_schema":{"name":"city","strict":true,"schema":{
            "type":"object","properties":{"people":{"type":"integer"}},"required":["people"],
            "additionalProperties":false}}}}
            """)
        {
            Check = seen => Assert.Equal(
                JsonValueKind.Number, JsonElement.Parse(seen.Text).GetProperty("people").ValueKind),
        },
        new("`response_format: json_object`", "response_format", """{"response_format":{"type":"json_object"}}""")
        {
            Check = seen => Assert.Equal(JsonValueKind.Object, JsonElement.Parse(seen.Text).ValueKind),
        },
        new("`stop`", "stop", """{"stop":["e","~~"]}""")
        {
            Carried = ["~~"],
            Check = seen =>
            {
                Assert.DoesNotContain('e', seen.Text);
                Assert.Equal("stop", seen.Finish);
            },
        },
        new("`max_completion_tokens`", "max_completion_tokens", """{"max_completion_tokens":5}""")
        {
            Check = seen => Assert.Equal(("length", 5), (seen.Finish, seen.Output)),
        },
        new("`temperature`, `top_p`", "temperature top_p", """{"temperature":0.375,"top_p":0.625}""")
        {
            Carried = ["0.375", "0.625"],
        },
        new("`seed`", "seed", """{"seed":20240607}""") { Carried = ["20240607"] },
        new("`n`", "n", """{"n":2}""") { Check = seen => Assert.Equal(2, seen.Choices), IsTyped = false },
        new("`logprobs`", "logprobs top_logprobs", """{"logprobs":true,"top_logprobs":3}""")
        {
            Carried = ["ogprobs\":3"],
        },
        new("penalties", "presence_penalty frequency_penalty", """
            {"presence_penalty":0.125,"frequency_penalty":0.875}
            """) { Carried = ["0.125", "0.875"] },
        new("`logit_bias`", "logit_bias", """{"logit_bias":{"50256":-100}}""") { Carried = ["50256"] },
        new("`reasoning_effort`", "reasoning_effort", """{"reasoning_effort":"low","max_completion_tokens":4000}"""),
        new("`user`", "user", """{"user":"user-4711"}""") { Carried = ["user-4711"], MayBeLeftOut = true },
    ];

    private static string Content(string part) => $$"""
        {"messages":[{"role":"user","content":[{"type":"text","text":"What is this?"},{{part}}]}]}
        """;

    private static void Calls(Seen seen, params string[] starts)
    {
        Assert.Equal("tool_calls", seen.Finish);
        Assert.Equal(starts.Length, seen.CallCount);
        Assert.All(starts, start => Assert.Contains(start, seen.Calls, StringComparison.Ordinal));
    }
}

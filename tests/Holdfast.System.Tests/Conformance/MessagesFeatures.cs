using System.Text.Json;

namespace Holdfast.System.Tests.Conformance;

/// <summary>What callers of Anthropic's Messages API may ask for.</summary>
internal static class MessagesFeatures
{
    private const string Image = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAA";

    private const string Tools = """
        "tools":[{"name":"get_weather","description":"Says how the weather is.","input_schema":{"type":"object",
        "properties":{"city":{"type":"string"}},"required":["city"]}},{"name":"get_time","input_schema":{
        "type":"object","properties":{"zone":{"type":"string"}},"required":["zone"]}}]
        """;

    private const string AskBoth =
        """ "messages":[{"role":"user","content":"Please use get_weather and get_time."}] """;

    private const string CountsInStreams = "token counts in streams";

    public static readonly IReadOnlyList<Feature> All =
    [
        new("an answer", "", With(""))
        {
            Check = seen =>
            {
                Assert.Equal("end_turn", seen.Finish);
                Assert.NotEqual("", seen.Text);
            },
        },
        new("`system` in blocks, several turns", "system messages", With("""
            "system":[{"type":"text","text":"Speak plainly.","cache_control":{"type":"ephemeral"}}],"messages":[
            {"role":"user","content":"Hello."},{"role":"assistant","content":[{"type":"text","text":"Good morning."}]},
            {"role":"user","content":"Why do bridges stand?"}]
            """)) { Carried = ["Speak plainly.", "Good morning."] },
        new("image", "messages", Content($$"""
            {"type":"image","source":{"type":"base64","media_type":"image/png","data":"{{Image}}"} }
            """)) { Carried = [Image] },
        new("link to an image", "messages", Content("""
            {"type":"image","source":{"type":"url","url":"https://example.com/bridge.png"}}
            """)) { Carried = ["example.com/bridge.png"] },
        new("PDF file", "messages", Content("""
            {"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBERi0xLjQKJcOk"}}
            """)) { Carried = ["JVBERi0xLjQKJcOk"] },
        new("`tools`", "tools", With($$"""
            {{Tools}},"messages":[{"role":"user","content":"Please use get_weather."}]
            """))
        {
            Carried = ["get_time", "Says how the weather is."],
            Check = seen => Calls(seen, "get_weather({\"city\":"),
        },
        new("several calls at once", "tools", With($"{Tools},{AskBoth}"))
        {
            Check = seen => Calls(seen, "get_weather({\"city\":", "get_time({\"zone\":"),
        },
        new("a tool's result", "messages tools", With($$"""
            {{Tools}},"messages":[{"role":"user","content":"Please use get_weather."},{"role":"assistant","content":[
            {"type":"tool_use","id":"toolu_01","name":"get_weather","input":{"city":"Berlin"} }]},{"role":"user",
            "content":[{"type":"tool_result","tool_use_id":"toolu_01","content":"Twenty degrees."}]}]
            """))
        {
            Carried = ["Twenty degrees."],
            Check = seen => Assert.NotEqual("", seen.Text),
        },
        new("`tool_choice: any`", "tool_choice tools", With($$"""{{Tools}},"tool_choice":{"type":"any"}"""))
        {
            Check = seen => Calls(seen, "get_weather({\"city\":"),
        },
        new("`tool_choice: tool`", "tool_choice tools", With($$"""
            {{Tools}},"tool_choice":{"type":"tool","name":"get_time"}
            """)) { Check = seen => Calls(seen, "get_time({\"zone\":") },
        new("`disable_parallel_tool_use`", "tool_choice parallel_tool_calls tools", With($$"""
            {{Tools}},"tool_choice":{"type":"auto","disable_parallel_tool_use":true},{{AskBoth}}
            """)) { Check = seen => Calls(seen, "get_weather({\"city\":") },
        new("`stop_sequences`", "stop_sequences", With(""" "stop_sequences":["e","~~"] """))
        {
            Carried = ["~~"],
            Check = seen => Assert.DoesNotContain('e', seen.Text),
        },
        new("`max_tokens`", "max_tokens", """{"max_tokens":5}""")
        {
            Check = seen => Assert.Equal(("max_tokens", 5), (seen.Finish, seen.Text.Split(' ').Length)),
        },
        new("`temperature`, `top_p`", "temperature top_p", With(""" "temperature":0.375,"top_p":0.625 """))
        {
            Carried = ["0.375", "0.625"],
        },
        new("`top_k`", "top_k", With(""" "top_k":37 """)) { Carried = [":37"] },
        new("`thinking`", "thinking reasoning_effort", """
            {"max_tokens":4000,"thinking":{"type":"enabled","budget_tokens":1500}}
            """),
        new("`output_config`: a schema", "output_config", With("""
            "output_config":{"format":{"type":"json_schema","schema":{"type":"object","properties":{
            "people":{"type":"integer"}},"required":["people"],"additionalProperties":false}}}
            """)) { Carried = ["people"] },
        new("`metadata.user_id`", "metadata", With(""" "metadata":{"user_id":"user-4711"} """))
        {
            Carried = ["user-4711"], MayBeLeftOut = true,
        },
        new(CountsInStreams, "", With("")) { CountsInStreams = true },
    ];

    private static string With(string more) =>
        "{\"max_tokens\":400" + (more.Length > 0 ? "," : "") + more + "}";

    private static string Content(string part) => With($$"""
        "messages":[{"role":"user","content":[{"type":"text","text":"What is this?"},{{part}}]}]
        """);

    private static void Calls(Seen seen, params string[] starts)
    {
        Assert.Equal("tool_use", seen.Finish);
        Assert.Equal(starts.Length, seen.CallCount);
        Assert.All(starts, start => Assert.Contains(start, seen.Calls, StringComparison.Ordinal));
    }
}

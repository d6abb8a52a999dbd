using System.Text.Json;

namespace Holdfast.System.Tests.Conformance;

/// <summary>What callers of the Responses API may ask for.</summary>
internal static class ResponsesFeatures
{
    private const string Tools = """
        "tools":[{"type":"function","name":"get_weather","description":"Says how the weather is.","strict":false,
        "parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],
        "additionalProperties":false}},{"type":"function","name":"get_time","strict":false,"parameters":{
        "type":"object","properties":{"zone":{"type":"string"}},"required":["zone"]}}]
        """;

    private const string Ask = "\"input\":\"Why do bridges stand?\"";

    private const string AskBoth = "\"input\":\"Please use get_weather and get_time.\"";

    public static readonly IReadOnlyList<Feature> All =
    [
        new("an answer", "", With(Ask))
        {
            Check = seen =>
            {
                Assert.Equal("completed", seen.Finish);
                Assert.NotEqual("", seen.Text);
            },
        },
        new("`instructions`, several turns", "instructions input", With("""
            "instructions":"Speak plainly.","input":[{"role":"user","content":"Hello."},
            {"role":"assistant","content":"Good morning."},{"role":"user","content":"Why do bridges stand?"}]
            """)) { Carried = ["Speak plainly.", "Good morning."] },
        new("link to an image", "input", With("""
            "input":[{"role":"user","content":[{"type":"input_text","text":"What is this?"},
            {"type":"input_image","detail":"auto","image_url":"https://example.com/bridge.png"}]}]
            """)) { Carried = ["example.com/bridge.png"] },
        new("`tools`", "tools", With($"{Tools},\"input\":\"Please use get_weather.\""))
        {
            Carried = ["get_time", "Says how the weather is."],
            Check = seen => Calls(seen, "get_weather({\"city\":"),
        },
        new("several calls at once", "tools", With($"{Tools},{AskBoth}"))
        {
            Check = seen => Calls(seen, "get_weather({\"city\":", "get_time({\"zone\":"),
        },
        new("a tool's result", "input tools", With($$"""
            {{Tools}},"input":[{"role":"user","content":"Please use get_weather."},
            {"type":"function_call","call_id":"call_000000001","name":"get_weather",
            "arguments":"{\"city\":\"Berlin\"}"},
            {"type":"function_call_output","call_id":"call_000000001","output":"Twenty degrees."}]
            """))
        {
            Carried = ["Twenty degrees."],
            Check = seen => Assert.NotEqual("", seen.Text),
        },
        new("`tool_choice`: a function", "tool_choice tools", With($$"""
            {{Tools}},{{Ask}},"tool_choice":{"type":"function","name":"get_time"}
            """)) { Check = seen => Calls(seen, "get_time({\"zone\":") },
        new("`parallel_tool_calls: false`", "parallel_tool_calls tools", With($$"""
            {{Tools}},{{AskBoth}},"parallel_tool_calls":false
            """)) { Check = seen => Calls(seen, "get_weather({\"city\":") },
        new("`text.format`: a schema", "text", With($$"""
            {{Ask}},"text":{"format":{"type":"json_schema","name":"city","strict":true,"schema":{"type":"object",
            "properties":{"people":{"type":"integer"} },"required":["people"],"additionalProperties":false} } }
            """))
        {
            Check = seen => Assert.Equal(
                JsonValueKind.Number, JsonElement.Parse(seen.Text).GetProperty("people").ValueKind),
        },
        new("`max_output_tokens`", "max_output_tokens", With($"{Ask},\"max_output_tokens\":16"))
        {
            Carried = [":16"],
        },
        new("`temperature`, `top_p`", "temperature top_p", With($"{Ask},\"temperature\":0.375,\"top_p\":0.625"))
        {
            Carried = ["0.375", "0.625"],
        },
        new("`reasoning.effort`", "reasoning", With($$"""{{Ask}},"reasoning":{"effort":"low"} """)),
        new("`background`", "background", With($"{Ask},\"background\":true")),
        new("`web_search`", "tools", With($$"""{{Ask}},"tools":[{"type":"web_search"}]""")),
    ];

    private static string With(string more) => "{" + more + "}";

    private static void Calls(Seen seen, params string[] starts)
    {
        Assert.Equal("completed", seen.Finish);
        Assert.Equal(starts.Length, seen.CallCount);
        Assert.All(starts, start => Assert.Contains(start, seen.Calls, StringComparison.Ordinal));
    }
}

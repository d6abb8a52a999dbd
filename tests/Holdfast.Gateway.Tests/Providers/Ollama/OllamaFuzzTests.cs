using Holdfast.Gateway.Tests.Providers.Anthropic;

namespace Holdfast.Gateway.Tests.Providers.Ollama;

public class OllamaFuzzTests : DialectFuzzTests
{
    private protected override DialectWire Wire => OllamaWire.Wire;

    private protected override string[] Models => ["qwen3", "gpt-oss:20b"];

    private protected override string[] Requests { get; } =
    [
        """
        {"model":"smart","messages":[{"role":"system","content":[{"type":"text","text":"A"}]},{"role":"user",
        "content":[{"type":"text","text":"ä\ud83d\ude00"},{"type":"text","text":"B"},{"type":"image_url",
        "image_url":{"url":"data:image\/png;base64,iVBO\/w=="}}]},{"role":"assistant","content":"x","refusal":"No",
        "tool_calls":[{"id":"a.1","type":"function","function":{"name":"f",
        "arguments":"{\"a\":[1,{\"b\":\"\\u00e4\"}]}"}}]},{"role":"tool","tool_call_id":"a.1",
        "content":[{"type":"text","text":"r"}]}]}
        """.Joined(),
        """
        {"model":"smart","messages":[{"role":"user","content":"Hi"}],"max_tokens":6,"max_completion_tokens":6,
        "temperature":0.5,"top_p":1e-1,"top_k":3,"stop":["a","\n\u0020b"],"user":"u","seed":7,"presence_penalty":0.5,
        "response_format":{"type":"json_schema","json_schema":{"schema":{}}},"tools":[{"type":"function",
        "function":{"name":"f","description":"d","parameters":{"type":"object"}}}],"tool_choice":"auto",
        "logprobs":true,"top_logprobs":2,"reasoning_effort":"low","options":{"num_ctx":8192,"stop":["x"]},
        "keep_alive":"5m"}
        """.Joined(),
    ];

    private protected override string[] Answers => [OllamaAnswerTests.Whole, """{"error":"M"}"""];

    private protected override string[] Events { get; } =
    [
        OllamaStream.Line("""{"role":"assistant","content":"","thinking":"hm\n"}"""),
        OllamaStream.Line("""{"role":"assistant","content":"ä\ud83d\ude00\n","thinking":"x"}"""),
        """
        {"model":"qwen3:8b","message":{"content":"B"},"logprobs":[{"token":"B","logprob":-1,"bytes":[66],
        "top_logprobs":[{"token":"C","logprob":-2.5,"bytes":null}]}],"done":false}
        """.Joined(),
        OllamaStream.Line("""
            {"content":"","tool_calls":[{"id":"c","function":{"name":"f","arguments":{"a": [1,"\n"]}}},
            {"function":{"index":1,"name":"g","arguments":{}}}]}
            """.Joined()),
        OllamaStream.Done("length"),
    ];

    private protected override string[] Strays => [.. Events, """{"error":"M"}""", "{}"];
}

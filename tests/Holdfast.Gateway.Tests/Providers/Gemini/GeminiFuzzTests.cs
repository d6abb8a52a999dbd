using Holdfast.Gateway.Tests.Providers.Anthropic;

namespace Holdfast.Gateway.Tests.Providers.Gemini;

public class GeminiFuzzTests : DialectFuzzTests
{
    private static readonly string Error = """
        {"error":{"code":429,"message":"M","status":"RESOURCE_EXHAUSTED","details":[{"reason":"R"},
        {"retryDelay":"7.5s"}]}}
        """;

    private protected override DialectWire Wire => GeminiWire.Wire;

    private protected override string[] Models => ["gemini-2.5-pro", "gemini-3-flash-preview", "gemini-2.0-flash"];

    private protected override int Choices => 2;

    private protected override string[] Requests { get; } =
    [
        """
        {"model":"smart","messages":[{"role":"system","content":[{"type":"text","text":"A"}]},{"role":"user",
        "content":[{"type":"text","text":"ä\ud83d\ude00"},{"type":"image_url",
        "image_url":{"url":"data:image\/png;base64,iVBO\/w=="}},{"type":"image_url",
        "image_url":{"url":"https://a.example/x.jpg"}},{"type":"file","file":{"filename":"f",
        "file_data":"data:application/pdf;base64,JVBE"}},{"type":"input_audio","input_audio":{"data":"UklG",
        "format":"mp3"}}]},{"role":"assistant","content":"x","refusal":"No","tool_calls":[{"id":"a.1",
        "type":"function","function":{"name":"f","arguments":"{\"a\":[1,{\"b\":\"\\u00e4\"}]}"},
        "extra_content":{"google":{"thought_signature":"s"}}}]},{"role":"tool","tool_call_id":"a.1",
        "content":[{"type":"text","text":"r"}]}]}
        """.Joined(),
        """
        {"model":"smart","messages":[{"role":"user","content":"Hi"}],"max_tokens":6,"max_completion_tokens":6,
        "temperature":0.5,"top_p":1e-1,"top_k":3,"stop":["a","\n\u0020b"],"user":"u","seed":7,"n":2,
        "response_format":{"type":"json_schema","json_schema":{"schema":{}}},"tools":[{"type":"function",
        "function":{"name":"f","description":"d","parameters":{"type":"object"},"strict":true}}],
        "tool_choice":{"type":"function","function":{"name":"f"}},"logprobs":true,"top_logprobs":2,
        "safety_settings":[{"category":"c"}],"reasoning_effort":"low","presence_penalty":0.0,"stream":true}
        """.Joined(),
    ];

    private protected override string[] Events { get; } =
    [
        GeminiStream.Parts("""{"text":"ä\ud83d\ude00\n"},{"text":"hm","thought":true,"thoughtSignature":"s"}"""),
        GeminiStream.Parts("""{"functionCall":{"name":"f","id":"i","args":{"a": [1,"\n"]}},"thoughtSignature":"s"}"""),
        GeminiStream.Parts("""{"functionCall":{"name":"g","willContinue":true}}"""),
        GeminiStream.Parts("""
            {"functionCall":{"partialArgs":[{"jsonPath":"$.a[0].b","stringValue":"x\n\u00e4","willContinue":true},
            {"jsonPath":"$['c d']","numberValue":-1e5}],"willContinue":true}}
            """),
        GeminiStream.Parts("""{"functionCall":{"partialArgs":[{"jsonPath":"$.a[1]","boolValue":true}]}}"""),
        GeminiStream.Event("""
            {"content":{"parts":[{"text":"B"}]},"logprobsResult":{"chosenCandidates":[{"token":"B",
            "logProbability":-1}],"topCandidates":[{"candidates":[{"token":"C","logProbability":-2.5}]}]},"index":1}
            """),
        """{"usageMetadata":{"promptTokenCount":9,"candidatesTokenCount":5,"thoughtsTokenCount":185}}""",
        GeminiStream.Event("""{"finishReason":"STOP","index":0},{"finishReason":"MAX_TOKENS","index":1}"""),
    ];

    private protected override string[] Strays =>
        [.. Events, """{"promptFeedback":{"blockReason":"SAFETY"},"responseId":"r"}""", Error];

    private protected override string[] Answers => [GeminiAnswerTests.Whole, Error];
}

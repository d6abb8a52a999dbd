using Holdfast.Gateway.Tests.Providers.Anthropic;

namespace Holdfast.Gateway.Tests.Providers.Cohere;

public class CohereFuzzTests : DialectFuzzTests
{
    private protected override DialectWire Wire => CohereWire.Wire;

    private protected override string[] Requests { get; } =
    [
        """
        {"model":"smart","messages":[{"role":"system","content":"A"},{"role":"user","content":[{"type":"text",
        "text":"ä\ud83d\ude00"},{"type":"image_url","image_url":{"url":"data:image\/png;base64,iVBO\/w=="}}]},
        {"role":"assistant","content":"x","tool_calls":[{"id":"a","type":"function","function":{"name":"f",
        "arguments":"{\"a\":[1]}"}}]},{"role":"tool","tool_call_id":"a","content":[{"type":"text","text":"r"}]}],
        "max_tokens":5,"temperature":0.5,"top_p":1e-1,"top_k":3,"stop":["a"],"seed":7,"frequency_penalty":0.5,
        "response_format":{"type":"json_schema","json_schema":{"schema":{}}},"tools":[{"type":"function",
        "function":{"name":"f","parameters":{"type":"object"},"strict":true}}],"reasoning_effort":"high",
        "tool_choice":{"type":"function","function":{"name":"f"}}}
        """.Joined(),
    ];

    private protected override string[] Answers => [CohereAnswerTests.Whole];

    private protected override string[] Events { get; } =
    [
        CohereStream.Start,
        """{"type":"content-start","index":0,"delta":{"message":{"content":{"type":"text","text":""}}}}""",
        """{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"ä\ud83d\ude00\n"}}}}""",
        """{"type":"content-delta","index":0,"delta":{"message":{"content":{"thinking":"hm"}}}}""",
        """{"type":"tool-plan-delta","delta":{"message":{"tool_plan":"P"}}}""",
        """
        {"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"a","function":{"name":"f",
        "arguments":"{"}}}}}
        """,
        """{"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"}"}}}}}""",
        """{"type":"tool-call-end","index":0}""",
        """{"type":"message-end","delta":{"finish_reason":"TOOL_CALL","usage":{"tokens":{"input_tokens":1.0}}}}""",
    ];
}

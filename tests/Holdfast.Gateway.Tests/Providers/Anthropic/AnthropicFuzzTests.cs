namespace Holdfast.Gateway.Tests.Providers.Anthropic;

public class AnthropicFuzzTests : DialectFuzzTests
{
    private protected override DialectWire Wire => AnthropicWire.Wire;

    private protected override string[] Requests { get; } =
    [
        """
        {"model":"smart","messages":[{"role":"system","content":[{"type":"text","text":"A",
        "cache_control":{"type":"ephemeral"}}]},{"role":"user","content":[{"type":"text","text":"ä\ud83d\ude00"},
        {"type":"image_url","image_url":{"url":"data:image\/png;base64,iVBO\/w=="}},{"type":"image_url",
        "image_url":{"url":"https://a.example/x"}},{"type":"file","file":{"filename":"f",
        "file_data":"data:application/pdf;base64,JVBE"}}]},{"role":"assistant","content":"x","refusal":"No",
        "tool_calls":[{"id":"a.1","type":"function","function":{"name":"f","arguments":"{\"a\":[1,
        {\"b\":\"\\u00e4\"}]}"}}]},{"role":"tool","tool_call_id":"a.1","content":[{"type":"text","text":"r"}]}]}
        """.Joined(),
        """
        {"model":"smart","messages":[{"role":"user","content":"Hi"}],"max_tokens":6,"max_completion_tokens":6,
        "temperature":0.5,"top_p":1e-1,"top_k":3,"thinking":{"type":"enabled"},"stop":["a","\n\u0020b"],"user":"u",
        "response_format":{"type":"json_schema","json_schema":{"schema":{}}},"tools":[{"type":"function",
        "function":{"name":"f","description":"d","parameters":{"type":"object"},"strict":true}}],
        "tool_choice":{"type":"function","function":{"name":"f"}},"parallel_tool_calls":false,"n":1,"logprobs":false,
        "modalities":["text"],"service_tier":"auto","presence_penalty":0.0,"logit_bias":{},"stream":true}
        """.Joined(),
    ];

    private protected override string[] Events { get; } =
    [
        AnthropicStream.Start,
        """{"type":"ping"}""",
        """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"a"}}""",
        """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"ä\ud83d\ude00\n"}}""",
        """{"type":"content_block_stop","index":0}""",
        """{"type":"content_block_start","index":1,"content_block":{"type":"thinking","thinking":"","signature":""}}""",
        """{"type":"content_block_delta","index":1,"delta":{"type":"thinking_delta","thinking":"hm"}}""",
        """{"type":"content_block_stop","index":1}""",
        """{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t","name":"f"}}""",
        """
        {"type":"content_block_start","index":3,
        "content_block":{"type":"tool_use","id":"u","name":"g","input":{"a":[1,"\n"]}}}
        """.Joined(),
        """{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"a\":"}}""",
        """{"type":"message_delta","delta":{},"usage":{"output_tokens_details":{"thinking_tokens":5}}}""",
        """{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":9}}""",
        """{"type":"message_stop"}""",
        """{"type":"error","error":{"type":"overloaded_error","message":"M","details":{"error_code":"c"}}}""",
    ];

    private protected override string[] Answers => [AnthropicAnswerTests.Whole, Events[^1]];
}

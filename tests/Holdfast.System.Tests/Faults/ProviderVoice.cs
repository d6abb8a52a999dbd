using System.Globalization;
using System.Text;
using Holdfast.System.Tests.Conformance;

namespace Holdfast.System.Tests.Faults;

/// <summary>
/// How providers of a type say an answer, whole and piece by piece, and an error: written from their documentation.
/// Texts are put in as they are and have nothing that JSON escapes.
/// </summary>
/// <param name="Type">The provider's type in the configuration.</param>
/// <param name="Path">What the base URL has behind the host and the target's name.</param>
/// <param name="StreamType">The content type of its streams.</param>
internal sealed record ProviderVoice(string Type, string Path, string StreamType)
{
    private const string Sse = "text/event-stream";

    public static readonly ProviderVoice OpenAi = new("openai-compatible", "/v1", Sse)
    {
        Whole = text => $$$"""
            {"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":
            {"role":"assistant","content":"{{{text}}}"},"finish_reason":"stop"}],
            "usage":{"prompt_tokens":3,"completion_tokens":8,"total_tokens":11}}
            """,
        Opening = Text(OpenAiChunk("""{"role":"assistant","content":""}""")),
        Piece = text => Text(OpenAiChunk($$"""{"content":"{{text}}"}""")),
        // The gateway asks for the usage whether the caller did or not.
        Closing = Text(OpenAiChunk("{}", "\"stop\"")
            + "data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[],"
            + "\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":8,\"total_tokens\":11}}\n\ndata: [DONE]\n\n"),
        Error = (_, message) => $$$"""
            {"error":{"message":"{{{message}}}","type":"server_error","param":null,"code":null}}
            """,
        ErrorEvent = Text("""
            data: {"error":{"message":"The server had an error.","type":"server_error","param":null,"code":null}}


            """),
        Malformed = Text("data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"bro\n\n"),
        Ping = Text(": keep-alive\n\n"),
    };

    public static readonly ProviderVoice Anthropic = new("anthropic", "/v1", Sse)
    {
        Whole = text => $$$"""
            {"id":"msg_1","type":"message","role":"assistant","model":"m",
            "content":[{"type":"text","text":"{{{text}}}"}],
            "stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":8}}
            """,
        Opening = Text(Named("message_start", """
            {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m",
            "content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":1}}}
            """) + Named("content_block_start",
            """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""")),
        Piece = text => Text(Named("content_block_delta", $$$"""
            {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"{{{text}}}"}}
            """)),
        Closing = Text(Named("content_block_stop", """{"type":"content_block_stop","index":0}""")
            + Named("message_delta", """
                {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},
                "usage":{"output_tokens":8}}
                """) + Named("message_stop", """{"type":"message_stop"}""")),
        Error = (_, message) => $$$"""{"type":"error","error":{"type":"api_error","message":"{{{message}}}"}}""",
        ErrorEvent = Text(Named("error",
            """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}""")),
        Malformed = Text("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"de\n\n"),
        Ping = Text(Named("ping", """{"type":"ping"}""")),
    };

    /// <summary>OpenAI's Responses API.</summary>
    public static readonly ProviderVoice Responses = new("openai", "/v1", Sse)
    {
        Whole = text => ResponseOf("completed", text),
        Opening = Text(Numbered("response.created", 0, $"\"response\":{ResponseOf("in_progress", null)}")
            + Numbered("response.output_item.added", 1, """
                "output_index":0,"item":{"id":"msg_1","type":"message","status":"in_progress","role":"assistant",
                "content":[]}
                """)
            + Numbered("response.content_part.added", 2, """
                "item_id":"msg_1","output_index":0,"content_index":0,"part":{"type":"output_text","text":"",
                "annotations":[],"logprobs":[]}
                """)),
        Piece = text => Text(Numbered("response.output_text.delta", 3 + IndexOf(text),
            $"\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,\"delta\":\"{text}\",\"logprobs\":[]")),
        Closing = Text(Numbered("response.completed", 20, $"\"response\":{ResponseOf("completed", "All of it.")}")),
        Error = OpenAi.Error,
        ErrorEvent = Text(Numbered("error", 19,
            """ "code":"server_error","message":"The server had an error.","param":null """)),
        Malformed = Text("event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"del\n\n"),
        Ping = OpenAi.Ping,
    };

    public static readonly ProviderVoice Gemini = new("gemini", "/v1beta", Sse)
    {
        Whole = text => GeminiChunk(text, """ "finishReason":"STOP", """),
        Piece = text => Text($"data: {GeminiChunk(text, "")}\r\n\r\n"),
        Closing = Text($"data: {GeminiChunk("", """ "finishReason":"STOP", """)}\r\n\r\n"),
        Error = (status, message) => $$$"""
            {"error":{"code":{{{status}}},"message":"{{{message}}}","status":"UNAVAILABLE"}}
            """,
        ErrorEvent = Text("data: {\"error\":{\"code\":503,\"message\":\"The model is overloaded.\","
            + "\"status\":\"UNAVAILABLE\"}}\r\n\r\n"),
        Malformed = Text("data: {\"candidates\":[{\"content\":{\"parts\":[{\"te\r\n\r\n"),
    };

    public static readonly ProviderVoice Bedrock = new("bedrock", "", EventStreamFrames.ContentType)
    {
        More = ", region: eu-west-1",
        Opening = Frame("messageStart", """{"role":"assistant"}"""),
        Piece = text => Frame(
            "contentBlockDelta", $$$"""{"contentBlockIndex":0,"delta":{"text":"{{{text}}}"}}"""),
        Closing =
        [
            .. Frame("contentBlockStop", """{"contentBlockIndex":0}"""),
            .. Frame("messageStop", """{"stopReason":"end_turn"}"""),
            .. Frame("metadata", """
                {"usage":{"inputTokens":3,"outputTokens":8,"totalTokens":11},"metrics":{"latencyMs":1}}
                """),
        ],
        ErrorEvent = EventStreamFrames.Exception("modelStreamErrorException", Text("""
            {"message":"The model failed.","originalStatusCode":500,"originalMessage":"Failed."}
            """)),
    };

    public static readonly ProviderVoice Cohere = new("cohere", "/v2", Sse)
    {
        Opening = Text(Named("message-start", """
            {"id":"c1","type":"message-start","delta":{"message":{"role":"assistant","content":[],"tool_plan":"",
            "tool_calls":[],"citations":[]}}}
            """) + Named("content-start", """
            {"type":"content-start","index":0,"delta":{"message":{"content":{"type":"text","text":""}}}}
            """)),
        Piece = text => Text(Named("content-delta", $$$$$"""
            {"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"{{{{{text}}}}}"}}}}
            """)),
        ErrorEvent = Text(Named("message-end", """
            {"type":"message-end","delta":{"finish_reason":"ERROR","error":"The model failed.",
            "usage":{"tokens":{"input_tokens":3,"output_tokens":8}}}}
            """)),
    };

    public static readonly ProviderVoice Ollama = new("ollama", "", "application/x-ndjson")
    {
        Piece = text => Text("{\"model\":\"m\",\"created_at\":\"2025-01-01T00:00:00Z\",\"message\":"
            + $"{{\"role\":\"assistant\",\"content\":\"{text}\"}},\"done\":false}}\n"),
        ErrorEvent = Text("{\"error\":\"an error was encountered while running the model\"}\n"),
    };

    /// <summary>What the configuration needs beside address and key.</summary>
    public string More { get; private init; } = "";

    /// <summary>The body of a plain answer.</summary>
    public Func<string, string> Whole { get; private init; } = _ => throw new NotSupportedException();

    /// <summary>What a stream begins with, before any text.</summary>
    public byte[] Opening { get; private init; } = [];

    /// <summary>An event with a piece of the text.</summary>
    public Func<string, byte[]> Piece { get; private init; } = _ => throw new NotSupportedException();

    /// <summary>What a whole stream ends with.</summary>
    public byte[] Closing { get; private init; } = [];

    /// <summary>The body of an error by status and message.</summary>
    public Func<int, string, string> Error { get; private init; } = (_, _) => throw new NotSupportedException();

    /// <summary>An error inside a stream.</summary>
    public byte[] ErrorEvent { get; private init; } = [];

    /// <summary>An event that is none.</summary>
    public byte[] Malformed { get; private init; } = [];

    /// <summary>What says only that the connection lives.</summary>
    public byte[] Ping { get; private init; } = [];

    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>An event of OpenAI's with a choice's change.</summary>
    public static string OpenAiChunk(string delta, string finish = "null") =>
        "data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":"
        + $"[{{\"index\":0,\"delta\":{delta},\"finish_reason\":{finish}}}]}}\n\n";

    /// <summary>An event with its name; line ends in the data are left out.</summary>
    public static string Named(string name, string data) =>
        $"event: {name}\ndata: {data.ReplaceLineEndings("").Trim()}\n\n";

    private static string Numbered(string type, int number, string members) => Named(type,
        string.Create(CultureInfo.InvariantCulture, $"{{\"type\":\"{type}\",\"sequence_number\":{number},{members}}}"));

    private static int IndexOf(string piece) => Math.Max(0, FaultRun.Pieces.Index().LastOrDefault(
        one => one.Item == piece).Index);

    /// <param name="status">How far it is.</param>
    /// <param name="text">Null: there is none yet.</param>
    private static string ResponseOf(string status, string? text) =>
        $"{{\"id\":\"resp_1\",\"object\":\"response\",\"created_at\":1,\"status\":\"{status}\",\"error\":null,"
        + "\"incomplete_details\":null,\"model\":\"m\",\"output\":["
        + (text is null ? "" : "{\"id\":\"msg_1\",\"type\":\"message\",\"status\":\"completed\",\"role\":\"assistant\","
            + $"\"content\":[{{\"type\":\"output_text\",\"text\":\"{text}\",\"annotations\":[],\"logprobs\":[]}}]}}")
        + "],\"usage\":{\"input_tokens\":3,\"output_tokens\":8,\"total_tokens\":11}}";

    private static string GeminiChunk(string text, string finish) =>
        $"{{\"candidates\":[{{\"content\":{{\"parts\":[{{\"text\":\"{text}\"}}],\"role\":\"model\"}},{finish}"
        + "\"index\":0}],"
        + "\"usageMetadata\":{\"promptTokenCount\":3,\"candidatesTokenCount\":8,\"totalTokenCount\":11},"
        + "\"modelVersion\":\"m\",\"responseId\":\"r1\"}";

    private static byte[] Frame(string type, string payload) => EventStreamFrames.Frame(type, Text(payload));
}

using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Holdfast.Gateway.Providers.Bedrock;

namespace Holdfast.Benchmarks.Gateway;

/// <summary>Requests, answers and events of a given size, as they are on the wire.</summary>
internal static class Bodies
{
    private const string Sentence = "The quick brown fox \\\"jumps\\\" over the lazy dog; naïve café, 42 €.\\n";

    public static byte[] ChatRequest(int bytes) => Padded(bytes, text =>
        "{\"model\":\"smart\",\"temperature\":0.7,\"max_tokens\":512,\"messages\":[{\"role\":\"system\",\"content\":"
        + $"\"You are terse.\"}},{{\"role\":\"user\",\"content\":\"{text}\"}}]}}");

    /// <summary>A long talk of about so many bytes: turns of a few sentences each, as chats have.</summary>
    public static byte[] Conversation(int bytes)
    {
        var turns = new StringBuilder("{\"model\":\"smart\",\"max_tokens\":512,\"messages\":[");
        var said = string.Concat(Enumerable.Repeat(Sentence, 8));
        for (var i = 0; i * (Encoding.UTF8.GetByteCount(said) + 32) < bytes; i++)
        {
            var speaker = i % 2 == 0 ? "user" : "assistant";
            turns.Append(i == 0 ? "" : ",").Append(CultureInfo.InvariantCulture,
                $"{{\"role\":\"{speaker}\",\"content\":\"{said}\"}}");
        }

        return Encoding.UTF8.GetBytes(turns.Append("]}").ToString());
    }

    /// <summary>The same talk as the input of a response.</summary>
    public static byte[] ResponsesConversation(int bytes) => Encoding.UTF8.GetBytes(
        Encoding.UTF8.GetString(Conversation(bytes))
            .Replace("\"max_tokens\":512", "\"max_output_tokens\":512", StringComparison.Ordinal)
            .Replace("\"messages\":", "\"input\":", StringComparison.Ordinal));

    /// <summary>A whole answer of so many bytes in a dialect, by its name; any other name is a chat's.</summary>
    public static byte[] AnswerOf(string dialect, int bytes) => dialect switch
    {
        "anthropic" => AnthropicMessage(bytes),
        "bedrock" => BedrockAnswer(bytes),
        "cohere" => CohereAnswer(bytes),
        "gemini" => GeminiAnswer(bytes),
        "ollama" => OllamaAnswer(bytes),
        _ => ChatCompletion(bytes),
    };

    /// <summary>A whole message of Anthropic's.</summary>
    public static byte[] AnthropicMessage(int bytes) => Padded(bytes, text =>
        "{\"id\":\"msg_01\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-sonnet-4-5\",\"content\":"
        + "[{\"type\":\"text\",\"text\":\"" + text + "\"}],\"stop_reason\":\"end_turn\",\"usage\":{\"input_tokens\":19,"
        + "\"output_tokens\":24}}");

    /// <summary>A whole answer of Gemini's.</summary>
    public static byte[] GeminiAnswer(int bytes) => Padded(bytes, text =>
        "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"" + text + "\"}],\"role\":\"model\"},"
        + "\"finishReason\":\"STOP\",\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":19,"
        + "\"candidatesTokenCount\":24,\"totalTokenCount\":43},\"modelVersion\":\"gemini-2.5-flash\","
        + "\"responseId\":\"dX6LadKVC7SZ28oPr9yJoQs\"}");

    /// <summary>A whole answer of Converse's.</summary>
    public static byte[] BedrockAnswer(int bytes) => Padded(bytes, text =>
        "{\"metrics\":{\"latencyMs\":1275},\"output\":{\"message\":{\"content\":[{\"text\":\"" + text
        + "\"}],\"role\":\"assistant\"}},\"stopReason\":\"end_turn\",\"usage\":{\"inputTokens\":19,"
        + "\"outputTokens\":24,\"totalTokens\":43}}");

    /// <summary>A whole answer of Cohere's.</summary>
    public static byte[] CohereAnswer(int bytes) => Padded(bytes, text =>
        "{\"id\":\"c14c80c3-18eb-4519-9460-6c92edd8cfb4\",\"finish_reason\":\"COMPLETE\",\"message\":{\"role\":"
        + "\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"" + text + "\"}]},\"usage\":{\"billed_units\":"
        + "{\"input_tokens\":5,\"output_tokens\":24},\"tokens\":{\"input_tokens\":19,\"output_tokens\":24}}}");

    /// <summary>A whole answer of Ollama's.</summary>
    public static byte[] OllamaAnswer(int bytes) => Padded(bytes, text =>
        "{\"model\":\"llama3.2\",\"created_at\":\"2025-10-26T17:15:24.097767Z\",\"message\":{\"role\":\"assistant\","
        + "\"content\":\"" + text + "\"},\"done\":true,\"done_reason\":\"stop\",\"total_duration\":174560334,"
        + "\"load_duration\":101397084,\"prompt_eval_count\":19,\"prompt_eval_duration\":13074791,"
        + "\"eval_count\":24,\"eval_duration\":52479709}");

    public static byte[] ChatCompletion(int bytes) => Padded(bytes, text =>
        "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"created\":1750000000,\"model\":\"gpt-4o-2024-08-06\","
        + "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"" + text
        + "\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":19,"
        + "\"completion_tokens\":24,\"total_tokens\":43,\"prompt_tokens_details\":{\"cached_tokens\":0}}}");

    /// <summary>One delta of a message stream, after the events that open the message and its text block.</summary>
    public static (byte[] Opening, byte[] Delta) AnthropicEvents() => (
        Encoding.UTF8.GetBytes(
            "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_01\","
            + "\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-sonnet-4-5\","
            + "\"content\":[],\"stop_reason\":null,"
            + "\"usage\":{\"input_tokens\":19,\"output_tokens\":1}}}\n\n"
            + "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,"
            + "\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n"),
        Encoding.UTF8.GetBytes(
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
            + "\"delta\":{\"type\":\"text_delta\",\"text\":\" token\"}}\n\n"));

    /// <summary>One event of Gemini's stream: each is a whole response.</summary>
    public static byte[] GeminiEvent() => Encoding.UTF8.GetBytes(
        "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\" token\"}],\"role\":\"model\"},\"index\":0}],"
        + "\"usageMetadata\":{\"promptTokenCount\":9,\"candidatesTokenCount\":10,\"totalTokenCount\":275,"
        + "\"promptTokensDetails\":[{\"modality\":\"TEXT\",\"tokenCount\":9}],\"thoughtsTokenCount\":256},"
        + "\"modelVersion\":\"gemini-2.5-flash\",\"responseId\":\"dX6LadKVC7SZ28oPr9yJoQs\"}\r\n\r\n");

    /// <summary>A stream of Cohere's: its opening, and one event with text.</summary>
    public static (byte[] Opening, byte[] Delta) CohereEvents() => (
        Encoding.UTF8.GetBytes(
            "event: message-start\ndata: {\"id\":\"c-1\",\"type\":\"message-start\",\"delta\":{\"message\":"
            + "{\"role\":\"assistant\",\"content\":[],\"tool_plan\":\"\",\"tool_calls\":[],\"citations\":[]}}}\n\n"),
        Encoding.UTF8.GetBytes(
            "event: content-delta\ndata: {\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":"
            + "{\"text\":\" token\"}}}}\n\n"));

    /// <summary>One line of Ollama's stream.</summary>
    public static byte[] OllamaLine() => Encoding.UTF8.GetBytes(
        "{\"model\":\"llama3.2\",\"created_at\":\"2025-10-26T17:15:24.097767Z\",\"message\":{\"role\":\"assistant\","
        + "\"content\":\" token\"},\"done\":false}\n");

    /// <summary>One delta of a response's stream.</summary>
    public static byte[] ResponsesDelta() => Encoding.UTF8.GetBytes(
        "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"sequence_number\":42,"
        + "\"item_id\":\"msg_67ccd3acc8d48190a77525dc6de64b4104becb25c45c1d41\",\"output_index\":0,"
        + "\"content_index\":0,\"delta\":\" token\",\"logprobs\":[],\"obfuscation\":\"Zx81aQ\"}\n\n");

    /// <summary>One delta of a stream of Bedrock's, after the event that opens the message.</summary>
    public static (byte[] Opening, byte[] Delta) BedrockEvents() => (
        Frame("messageStart", "{\"p\":\"abcdefghijkl\",\"role\":\"assistant\"}"),
        Frame("contentBlockDelta",
            "{\"contentBlockIndex\":0,\"delta\":{\"text\":\" token\"},\"p\":\"abcdefghijklmnopqrstuvwxyzABCDEFGH\"}"));

    private static byte[] Frame(string type, string payload)
    {
        var headers = new MemoryStream();
        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)
            [(":event-type", type), (":content-type", "application/json"), (":message-type", "event")])
        {
            headers.WriteByte((byte)name.Length);
            headers.Write(Encoding.ASCII.GetBytes(name));
            headers.Write([7, 0, (byte)value.Length]);
            headers.Write(Encoding.ASCII.GetBytes(value));
        }

        var frame = new byte[16 + headers.Length + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(4), (int)headers.Length);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(8), Crc32.Of(frame.AsSpan(0, 8)));
        headers.ToArray().CopyTo(frame, 12);
        Encoding.ASCII.GetBytes(payload).CopyTo(frame, 12 + (int)headers.Length);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(frame.Length - 4), Crc32.Of(frame.AsSpan(..^4)));
        return frame;
    }

    private static byte[] Padded(int bytes, Func<string, string> body)
    {
        var room = bytes - Encoding.UTF8.GetByteCount(body(""));
        var text = new StringBuilder();
        var each = Encoding.UTF8.GetByteCount(Sentence);
        for (; room >= each; room -= each)
        {
            text.Append(Sentence);
        }

        text.Append('x', room);
        var made = Encoding.UTF8.GetBytes(body(text.ToString()));
        return made.Length == bytes
            ? made
            : throw new InvalidOperationException(
                string.Create(CultureInfo.InvariantCulture, $"{made.Length} bytes instead of {bytes}"));
    }
}

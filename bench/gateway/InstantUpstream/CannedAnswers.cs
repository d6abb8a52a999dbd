using System.Globalization;
using System.Text;

namespace Holdfast.Bench.InstantUpstream;

/// <summary>The bytes of one chat completion as OpenAI sends it, plain and streamed, made once.</summary>
internal static class CannedAnswers
{
    private const string Head = "\"id\":\"chatcmpl-BQ7p2mWk0d1c3e5g7i9k1m3o5q7s\",";
    private const string Tail =
        "\"created\":1750000000,\"model\":\"gpt-4o-2024-08-06\",\"service_tier\":\"default\","
        + "\"system_fingerprint\":\"fp_a288987b44\",";

    /// <summary>A whole HTTP answer with about 700 bytes of JSON.</summary>
    public static byte[] Plain()
    {
        var body = "{" + Head + "\"object\":\"chat.completion\"," + Tail
            + "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"A circuit breaker keeps "
            + "calls away from a target that fails, and lets a few back in to see whether it has recovered.\","
            + "\"refusal\":null,\"annotations\":[]},\"logprobs\":null,\"finish_reason\":\"stop\"}],"
            + "\"usage\":{\"prompt_tokens\":19,\"completion_tokens\":24,\"total_tokens\":43,"
            + "\"prompt_tokens_details\":{\"cached_tokens\":0,\"audio_tokens\":0},"
            + "\"completion_tokens_details\":{\"reasoning_tokens\":0,\"audio_tokens\":0,"
            + "\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0}}}";
        return Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
            + "x-request-id: req_0b1c2d3e4f5a69788796a5b4c3d2e1f0\r\n"
            + string.Create(CultureInfo.InvariantCulture, $"content-length: {body.Length}\r\n\r\n") + body);
    }

    /// <summary>The head of a streamed answer, up to the first chunk.</summary>
    public static byte[] StreamHead() => Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\n"
        + "content-type: text/event-stream; charset=utf-8\r\n"
        + "x-request-id: req_0b1c2d3e4f5a69788796a5b4c3d2e1f0\r\ntransfer-encoding: chunked\r\n\r\n");

    /// <summary>The events of a streamed answer, the end marker last; each without HTTP framing.</summary>
    /// <param name="events">How many chunks carry content.</param>
    public static List<byte[]> Events(int events)
    {
        var list = new List<byte[]>(events + 3) { Chunk("{\"role\":\"assistant\",\"content\":\"\"}", "null") };
        for (var i = 0; i < events; i++)
        {
            list.Add(Chunk("{\"content\":\" token\"}", "null"));
        }

        list.Add(Chunk("{}", "\"stop\""));
        list.Add("data: [DONE]\n\n"u8.ToArray());
        return list;
    }

    /// <summary>Events as one HTTP chunk.</summary>
    public static byte[] Framed(IEnumerable<byte[]> events)
    {
        byte[] body = [.. events.SelectMany(bytes => bytes)];
        return [.. Encoding.ASCII.GetBytes(body.Length.ToString("x", CultureInfo.InvariantCulture)),
            .. "\r\n"u8, .. body, .. "\r\n"u8];
    }

    private static byte[] Chunk(string delta, string finish) => Encoding.ASCII.GetBytes(
        "data: {" + Head + "\"object\":\"chat.completion.chunk\"," + Tail + "\"choices\":[{\"index\":0,\"delta\":"
        + delta + ",\"logprobs\":null,\"finish_reason\":" + finish + "}]}\n\n");
}

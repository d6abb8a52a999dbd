using System.Buffers.Binary;
using System.Text;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Providers.Bedrock;

namespace Holdfast.Gateway.Tests.Providers.Bedrock;

/// <summary>Raw text in, raw text out.</summary>
internal static class BedrockWire
{
    public const string Model = "amazon.nova-lite-v1:0";
    public const string Claude = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0";

    public static DialectWire Wire { get; } = new(drop => Provider(drop), Model);

    public static BedrockProvider Provider(bool drop = false, string? url = null)
    {
        var options = new ProviderOptions
        {
            Name = "bedrock", Type = "bedrock", DropUnsupported = drop, Region = "eu-central-1",
            BaseUrl = url is null ? null : new Uri(url),
        };
        return new BedrockProvider(options, options.Address!);
    }

    public static CallRequest Call(string body = "{}", bool stream = false, bool includeUsage = false) =>
        Call(Encoding.UTF8.GetBytes(body), stream, includeUsage);

    public static CallRequest Call(byte[] body, bool stream, bool includeUsage = false) =>
        DialectWire.Call(body, stream, includeUsage);

    public static AnswerContext Context(bool includeUsage = false) =>
        new(Call(includeUsage: includeUsage), Model, 1700000000);

    public static string Request(string body, bool drop = false, string model = Model) =>
        Wire.Request(body, drop, model: model);

    /// <summary>System and messages of a request whose other fields don't matter.</summary>
    public static string Messages(string messages, string model = Model)
    {
        var request = Request($$"""{"model":"smart","max_tokens":9,"messages":{{messages}}}""", model: model);
        const string end = ""","inferenceConfig":{"maxTokens":9}}""";
        Assert.EndsWith(end, request);
        return request[1..^end.Length];
    }

    /// <summary>What options become, in a request with one message.</summary>
    public static string Options(string options, bool drop = false, string model = Model)
    {
        var request = Request(
            $$"""{"model":"smart","messages":[{"role":"user","content":"Hi"}],{{options}}}""", drop, model);
        const string start = """{"messages":[{"role":"user","content":[{"text":"Hi"}]}],""";
        Assert.StartsWith(start, request);
        return request[start.Length..^1];
    }

    /// <summary>What options become beside the usual ones.</summary>
    public static string More(string options, bool drop = false, string model = Model)
    {
        var written = Options(options, drop, model);
        const string start = """
            "inferenceConfig":{"maxTokens":4096}
            """;
        Assert.StartsWith(start, written);
        return written[start.Length..].TrimStart(',');
    }

    public static UnsupportedFieldException Refused(string body, bool drop = false, string model = Model) =>
        Wire.Refused(body, drop, model);

    public static (string Body, Usage Usage, ProviderFault? Fault) Answer(byte[] body) => Wire.Answer(body);

    public static (string Body, Usage Usage, ProviderFault? Fault) Answer(string body) =>
        Answer(Encoding.UTF8.GetBytes(body));

    /// <summary>An event as it stands on the wire.</summary>
    public static byte[] Event(string type, string payload) => Event(type, Encoding.UTF8.GetBytes(payload));

    public static byte[] Event(string type, byte[] payload) => Frame(
        payload, (":event-type", type), (":content-type", "application/json"), (":message-type", "event"));

    /// <summary>An exception as it stands on the wire.</summary>
    public static byte[] Exception(string type, string payload) => Frame(
        Encoding.UTF8.GetBytes(payload),
        (":exception-type", type), (":content-type", "application/json"), (":message-type", "exception"));

    /// <summary>A frame with texts as headers.</summary>
    public static byte[] Frame(byte[] payload, params (string Name, string Value)[] headers)
    {
        var written = new MemoryStream();
        foreach (var (name, value) in headers)
        {
            written.WriteByte((byte)name.Length);
            written.Write(Encoding.UTF8.GetBytes(name));
            var bytes = Encoding.UTF8.GetBytes(value);
            written.Write([7, (byte)(bytes.Length >> 8), (byte)bytes.Length]);
            written.Write(bytes);
        }

        return Frame(payload, written.ToArray());
    }

    /// <summary>A frame with these bytes for headers.</summary>
    public static byte[] Frame(byte[] payload, byte[] headers)
    {
        var frame = new byte[16 + headers.Length + payload.Length];
        BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)frame.Length);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(4), (uint)headers.Length);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(8), Checksum(frame.AsSpan(0, 8)));
        headers.CopyTo(frame, 12);
        payload.CopyTo(frame, 12 + headers.Length);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(frame.Length - 4), Checksum(frame.AsSpan(..^4)));
        return frame;
    }

    /// <summary>Bit by bit, so that the faster one has something to be held against.</summary>
    public static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
            }
        }

        return ~crc;
    }

    /// <summary>What a stream of these bytes becomes before its end, when it comes in pieces of up to so many.
    /// </summary>
    public static (string Written, IStreamReader Reader) Play(byte[] bytes, int longest, Random random)
    {
        using var parser = Provider().Streams.OpenParser();
        using var output = new PooledBuffer(1024);
        var reader = Provider().OpenStream(Context(includeUsage: true));
        var read = 0;
        for (var received = 0; received < bytes.Length;)
        {
            received = Math.Min(bytes.Length, received + random.Next(1, longest + 1));
            while (parser.TryRead(bytes.AsSpan(read, received - read), received == bytes.Length,
                out var sse, out var consumed))
            {
                reader.Read(sse, output);
                read += consumed;
            }
        }

        return (Encoding.UTF8.GetString(output.WrittenSpan), reader);
    }
}

/// <summary>One stream under test: events in, text and signals out.</summary>
internal sealed class BedrockStream(bool includeUsage = false)
{
    private const string Head = """
        data: {"id":"call-1","object":"chat.completion.chunk","created":1700000000,"model":"amazon.nova-lite-v1:0",
        """;

    private readonly PooledBuffer _output = new();

    public IStreamReader Reader { get; } = BedrockWire.Provider().OpenStream(BedrockWire.Context(includeUsage));

    public StreamSignal Signal { get; private set; }

    /// <summary>A stream that has said something.</summary>
    public static BedrockStream Begun(bool includeUsage = false)
    {
        var stream = new BedrockStream(includeUsage);
        stream.Read("messageStart", """{"role":"assistant"}""");
        stream.Delta("""{"text":"A"}""");
        return stream;
    }

    /// <summary>Feeds one event and returns what the caller gets of it.</summary>
    public string Read(string type, string payload) => Read(BedrockWire.Event(type, payload));

    public string Read(byte[] frame)
    {
        _output.Clear();
        Signal = Reader.Read(new SseEvent { Data = frame, HasData = true, IsComplete = true }, _output);
        return Encoding.UTF8.GetString(_output.WrittenSpan);
    }

    public string Delta(string delta, int index = 0) =>
        Read("contentBlockDelta", $$"""{"contentBlockIndex":{{index}},"delta":{{delta}},"p":"abc"}""");

    public string StartTool(int index, string id = "t-1", string name = "f") => Read(
        "contentBlockStart", $$$"""
        {"contentBlockIndex":{{{index}}},"start":{"toolUse":{"name":"{{{name}}}","toolUseId":"{{{id}}}"} } }
        """);

    public string Stop(int index) => Read("contentBlockStop", $$"""{"contentBlockIndex":{{index}},"p":"ab"}""");

    public string End(string reason = "end_turn") => Read("messageStop", $$"""{"stopReason":"{{reason}}"}""");

    public string Complete()
    {
        _output.Clear();
        Reader.Complete(_output);
        return Encoding.UTF8.GetString(_output.WrittenSpan);
    }

    /// <summary>The chunk with this delta.</summary>
    public static string Chunk(string delta) =>
        Head + $$"""
            "choices":[{"index":0,"delta":{{delta}},"logprobs":null,"finish_reason":null}]}
            """ + "\n\n";

    public static string Finish(string reason) =>
        Head + $$"""
            "choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"{{reason}}"}]}
            """ + "\n\n";
}

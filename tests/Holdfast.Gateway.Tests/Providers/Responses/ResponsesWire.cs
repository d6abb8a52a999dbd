using System.Text;
using System.Text.Json;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Tests.Providers.Responses;

/// <summary>
/// What a caller of the Responses API sends and gets, before any provider: raw text in, raw text out.
/// </summary>
internal static class ResponsesWire
{
    public const string Plain = """{"model":"m","input":"hi"}""";

    private static readonly Range ModelValue = 9..12;

    /// <param name="body">Begins with the model <c>m</c>.</param>
    /// <param name="stream">A stream is asked for.</param>
    public static CallRequest Call(string body = Plain, bool stream = false)
    {
        Assert.StartsWith("{\"model\":\"m\"", body);
        return new CallRequest
        {
            Id = "call-1",
            Dialect = Dialect.Responses,
            Operation = Operation.Responses,
            Body = Encoding.UTF8.GetBytes(body),
            Model = "m",
            ModelValue = ModelValue,
            ObjectStart = 1,
            Stream = stream,
        };
    }

    public static IProvider Provider(CallRequest call, string type = "fireworks", bool drop = false) => new Provider(
        new ProviderOptions { Name = "p", Type = type, BaseUrl = new Uri("http://p/v1"), DropUnsupported = drop },
        new KeyRing([])).DialectFor(call);

    /// <summary>The body that goes to the provider's model <c>x</c>.</summary>
    public static string Request(string body, string type = "fireworks", bool drop = false, bool stream = false)
    {
        using var output = new PooledBuffer();
        var call = Call(body, stream);
        Provider(call, type, drop).WriteBody(call, "x", output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>What fields become, beside a model and one message.</summary>
    public static string Fields(string fields, string type = "fireworks", bool drop = false)
    {
        var request = Request($$"""{{Plain[..^1]}},{{fields}}}""", type, drop);
        const string Start = """{"model":"x","messages":[{"role":"user","content":"hi"}]""";
        Assert.StartsWith(Start, request);
        return request[Start.Length..^1].TrimStart(',');
    }

    /// <summary>The messages that items become.</summary>
    public static string Messages(string input)
    {
        var request = Request($$"""{"model":"m","input":{{input}}}""");
        return request["""{"model":"x","messages":""".Length..^1];
    }

    /// <summary>What a request is refused for.</summary>
    public static UnsupportedFieldException Refused(string body, string type = "fireworks", bool drop = false) =>
        Assert.Throws<UnsupportedFieldException>(() => Request(body, type, drop));

    public static (string Body, Usage Usage, ProviderFault? Fault) Answer(
        string answer, string body = Plain, string type = "fireworks")
    {
        using var output = new PooledBuffer();
        var call = Call(body);
        var read = Provider(call, type).ReadAnswer(
            new AnswerContext(call, "x", 7), Encoding.UTF8.GetBytes(answer), output);
        return (Encoding.UTF8.GetString(read.Body.Span), read.Usage, read.Fault);
    }

    /// <summary>A chat's answer, told as a response.</summary>
    public static string Choice(string message, string finish = "stop", string body = Plain) => Answer(
        """{"id":"c1","model":"llama","created":5,"choices":[{"index":0,"message":"""
        + $$"""{{message}},"finish_reason":"{{finish}}"}]}""", body).Body;

    /// <summary>The events that a stream becomes, up to its end or its fault.</summary>
    public static (string Events, IStreamReader Reader) Stream(string type, params string[] data)
    {
        using var output = new PooledBuffer();
        var call = Call(stream: true);
        var reader = Provider(call, type).OpenStream(new AnswerContext(call, "x", 7));
        foreach (var one in data)
        {
            var isComment = one.StartsWith(':');
            var signal = reader.Read(new SseEvent
            {
                Data = isComment ? default : Encoding.UTF8.GetBytes(one),
                HasData = !isComment,
                IsComplete = true,
                Raw = Encoding.UTF8.GetBytes(isComment ? one + "\n\n" : $"data: {one}\n\n"),
            }, output);
            if (signal.Kind == StreamSignalKind.End)
            {
                reader.Complete(output);
            }
        }

        return (Encoding.UTF8.GetString(output.WrittenSpan), reader);
    }

    /// <summary>
    /// The data of each event; that its name says its type, and that they are numbered without a gap.
    /// </summary>
    public static List<string> Data(string events)
    {
        var found = new List<string>();
        foreach (var sse in events.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            if (sse == ": ping")
            {
                continue;
            }

            var data = sse.IndexOf("\ndata: ", StringComparison.Ordinal);
            var json = sse[(data + 7)..];
            using var document = JsonDocument.Parse(json);
            Assert.Equal($"event: {document.RootElement.GetProperty("type").GetString()}", sse[..data]);
            Assert.Equal(found.Count, document.RootElement.GetProperty("sequence_number").GetInt32());
            found.Add(json);
        }

        return found;
    }

    public static string Role { get; } =
        """{"id":"c1","model":"llama","created":5,"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}""";

    public static string Delta(string delta, string rest = "") =>
        $$$"""{"id":"c1","model":"llama","choices":[{"index":0,"delta":{{{delta}}}{{{rest}}}}]}""";

    public static string Finish(string reason) =>
        $$"""{"id":"c1","model":"llama","choices":[{"index":0,"delta":{},"finish_reason":"{{reason}}"}]}""";

    /// <summary>A piece of a call.</summary>
    public static string Piece(int index, string? id, string? name, string arguments)
    {
        var start = id is null ? "" : $"\"id\":\"{id}\",";
        var called = name is null ? "" : $"\"name\":\"{name}\",";
        return Delta($"{{\"tool_calls\":[{{\"index\":{index},{start}"
            + $"\"function\":{{{called}\"arguments\":\"{arguments}\"}}}}]}}");
    }
}

using System.Text;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.OpenAiApi;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Tests.Providers.Anthropic;

/// <summary>What a caller of Anthropic's API sends and gets, before any provider: raw text in, raw text out.</summary>
internal static class CallerWire
{
    public const string Plain =
        """{"model":"m","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}""";

    public const string Streamed =
        """{"model":"m","max_tokens":100,"stream":true,"messages":[{"role":"user","content":"hi"}]}""";

    public static CallRequest Call(string body = Plain, Operation operation = Operation.ChatCompletions)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        Assert.Null(ChatRequestBody.TryRead(bytes, out var fields));
        return new CallRequest
        {
            Id = "call-1",
            Dialect = Dialect.Anthropic,
            Operation = operation,
            Body = bytes,
            Model = fields.Model,
            ModelValue = fields.ModelValue,
            ObjectStart = fields.ObjectStart,
            Stream = fields.Stream,
            MaxOutputTokens = fields.MaxOutputTokens,
        };
    }

    public static IProvider Provider(CallRequest call, string type = "openai", bool drop = false) => new Provider(
        new ProviderOptions { Name = "p", Type = type, BaseUrl = new Uri("http://p/v1"), DropUnsupported = drop },
        new KeyRing([])).DialectFor(call);

    /// <summary>The body that goes to the provider's model <c>x</c>.</summary>
    public static string Request(string body, string type = "openai", bool drop = false)
    {
        using var output = new PooledBuffer();
        var call = Call(body);
        Provider(call, type, drop).WriteBody(call, "x", output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>What fields become, beside a model, a limit and one message.</summary>
    public static string Fields(string fields, string type = "openai", bool drop = false)
    {
        var request = Request($$"""{{Plain[..^1]}},{{fields}}}""", type, drop);
        var start = """{"model":"x","messages":[{"role":"user","content":"hi"}],"max_completion_tokens":100""";
        start = type == "openai" ? start : start.Replace("max_completion_tokens", "max_tokens");
        Assert.StartsWith(start, request);
        return request[start.Length..^1].TrimStart(',');
    }

    /// <summary>What messages become.</summary>
    public static string Messages(string messages)
    {
        var request = Request($$"""{"model":"m","max_tokens":100,"messages":{{messages}}}""");
        return request["""{"model":"x","messages":""".Length..^""","max_completion_tokens":100}""".Length];
    }

    /// <summary>The field that a request is refused for.</summary>
    public static string Refused(string body, string type = "openai", bool drop = false) =>
        Assert.Throws<UnsupportedFieldException>(() => Request(body, type, drop)).Field;

    public static (string Body, Usage Usage, ProviderFault? Fault) Answer(string body, string type = "openai")
    {
        using var output = new PooledBuffer();
        var call = Call();
        var answer = Provider(call, type).ReadAnswer(
            new AnswerContext(call, "x", 0), Encoding.UTF8.GetBytes(body), output);
        return (Encoding.UTF8.GetString(answer.Body.Span), answer.Usage, answer.Fault);
    }

    /// <summary>The events that a stream becomes, up to its end or its fault.</summary>
    public static (string Events, IStreamReader Reader) Stream(string type, params string[] data)
    {
        using var output = new PooledBuffer();
        var call = Call(Streamed);
        var reader = Provider(call, type).OpenStream(new AnswerContext(call, "x", 0));
        foreach (var one in data)
        {
            var bytes = Encoding.UTF8.GetBytes(one);
            var isComment = one.StartsWith(':');
            var signal = reader.Read(new SseEvent
            {
                Data = isComment ? default : bytes,
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

    /// <summary>An event as Anthropic writes it.</summary>
    public static string Event(string type, string rest = "") =>
        $"event: {type}\ndata: {{\"type\":\"{type}\"{(rest.Length > 0 ? "," : "")}{rest}}}\n\n";
}

using System.Text;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Tests.Providers;

/// <summary>Raw text in, raw text out: one dialect, for callers of OpenAI's chat completions.</summary>
/// <param name="provider">The dialect's provider, which leaves out what it lacks or doesn't.</param>
/// <param name="model">The model that is asked, where a test doesn't say.</param>
internal sealed class DialectWire(Func<bool, IProvider> provider, string model)
{
    public string Model { get; } = model;

    public static CallRequest Call(
        byte[] body, bool stream = false, bool includeUsage = false, int choices = 1) => new()
    {
        Id = "call-1",
        Dialect = Dialect.OpenAi,
        Operation = Operation.ChatCompletions,
        Body = body,
        Model = "smart",
        ModelValue = ..0,
        ObjectStart = 1,
        Stream = stream,
        IncludeUsage = includeUsage,
        Choices = choices,
    };

    public IProvider Provider(bool drop = false) => provider(drop);

    public AnswerContext Context(bool includeUsage = false, int choices = 1) =>
        new(Call("{}"u8.ToArray(), includeUsage: includeUsage, choices: choices), Model, 1700000000);

    /// <summary>What a request becomes.</summary>
    public string Request(string body, bool drop = false, bool stream = false, string? model = null)
    {
        using var output = new PooledBuffer();
        Provider(drop).WriteBody(Call(Encoding.UTF8.GetBytes(body), stream), model ?? Model, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>What a request becomes between a start and an end that don't matter.</summary>
    public string Request(string body, string start, string end, bool drop = false, string? model = null)
    {
        var request = Request(body, drop, model: model);
        Assert.StartsWith(start, request);
        Assert.EndsWith(end, request);
        return request[start.Length..^end.Length];
    }

    public UnsupportedFieldException Refused(string body, bool drop = false, string? model = null) =>
        Assert.Throws<UnsupportedFieldException>(() => Request(body, drop, model: model));

    /// <summary>What a whole answer becomes.</summary>
    public (string Body, Usage Usage, ProviderFault? Fault) Answer(byte[] body, int choices = 1)
    {
        using var output = new PooledBuffer();
        var answer = Provider().ReadAnswer(Context(choices: choices), body, output);
        return (Encoding.UTF8.GetString(answer.Body.Span), answer.Usage, answer.Fault);
    }

    public (string Body, Usage Usage, ProviderFault? Fault) Answer(string body, int choices = 1) =>
        Answer(Encoding.UTF8.GetBytes(body), choices);

    public IStreamReader OpenStream(bool includeUsage = false, int choices = 1) =>
        Provider().OpenStream(Context(includeUsage, choices));

    /// <summary>What a stream becomes that comes from a socket in pieces of up to so many bytes.</summary>
    private string Cut(byte[] answer, int longest, Random random)
    {
        var dialect = Provider();
        using var parser = dialect.Streams.OpenParser();
        using var output = new PooledBuffer();
        var reader = OpenStream(includeUsage: true);
        var read = 0;
        for (var received = 0; received < answer.Length;)
        {
            received = Math.Min(answer.Length, received + random.Next(1, longest + 1));
            while (parser.TryRead(answer.AsSpan(read, received - read), received == answer.Length,
                out var sse, out var consumed))
            {
                reader.Read(sse, output);
                read += consumed;
            }
        }

        reader.Complete(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>A stream comes out the same however it is cut.</summary>
    public void IsTheSameHoweverItIsCut(string file, byte[] answer, int longest = 40)
    {
        var whole = Cut(answer, answer.Length, new Random(0));
        for (var seed = 1; seed <= 3; seed++)
        {
            Assert.Equal((file, seed, whole), (file, seed, Cut(answer, longest, new Random(seed))));
        }
    }
}

/// <summary>One stream under test: events in, text and signals out.</summary>
internal class DialectStream(IStreamReader reader)
{
    private readonly PooledBuffer _output = new();

    public IStreamReader Reader { get; } = reader;

    public StreamSignal Signal { get; private set; }

    /// <summary>Feeds one event and returns what the caller gets of it.</summary>
    public string Read(string data) => Read(Encoding.UTF8.GetBytes(data));

    public string Read(byte[] data)
    {
        _output.Clear();
        Signal = Reader.Read(new SseEvent { Data = data, HasData = true }, _output);
        return Encoding.UTF8.GetString(_output.WrittenSpan);
    }

    public string Complete()
    {
        _output.Clear();
        Reader.Complete(_output);
        return Encoding.UTF8.GetString(_output.WrittenSpan);
    }

    /// <summary>Feeds all of a stream and returns what the caller gets of it, the end included.</summary>
    public string Play(IEnumerable<string> events) => string.Concat(events.Select(Read)) + Complete();

    /// <summary>The chunk with this choice in it.</summary>
    protected static string ChoiceOf(string id, string model, string choice) =>
        $$"""data: {"id":"{{id}}","object":"chat.completion.chunk","created":1700000000,"model":"{{model}}","""
        + "\"choices\":[" + choice + "]}\n\n";

    /// <summary>The choice with this delta in it.</summary>
    protected static string DeltaOf(string delta, int index = 0) =>
        $$"""{"index":{{index}},"delta":{{delta}},"logprobs":null,"finish_reason":null}""";
}

using System.Text;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Providers.SignIn;
using Holdfast.Gateway.Tests.Calls;
using Holdfast.Timeouts;

namespace Holdfast.Gateway.Tests.Providers;

/// <summary>A provider client in front of a scripted server, with a clock that the test moves.</summary>
internal sealed class ClientFixture : IDisposable
{
    public const string Role =
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n";
    public const string Hi = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\n\n";
    public const string Stop = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    public const string Done = "data: [DONE]\n\n";
    public const string Good =
        """{"choices":[{"index":0,"message":{"content":"Hi"}}],"usage":{"prompt_tokens":5,"completion_tokens":2}}""";

    private readonly ProviderClient _client;
    private readonly List<IDisposable> _open = [];

    public ClientFixture(ProviderClientOptions? options = null)
    {
        _client = new ProviderClient(Time, options ?? new ProviderClientOptions());
    }

    public ManualTimeProvider Time { get; } = new();

    public ScriptedServer Server { get; } = new();

    public CancellationTokenSource Caller { get; } = new();

    public TimeoutOptions Timeouts { get; set; } = new();

    public PassedHeaders Headers { get; set; } = PassedHeaders.None;

    public Func<ProviderOptions, ProviderOptions> Options { get; set; } = options => options;

    public ISignIn? SignIn { get; init; }

    /// <summary>What the last script answered to.</summary>
    public ScriptedConnection? Last { get; private set; }

    public TimeSpan Deadline { get; set; } = TimeSpan.MaxValue;

    public AttemptClock Clock { get; private set; }

    public async Task<AttemptResult> AttemptAsync(string body = ChatCall.Plain, string? key = null)
    {
        var options = Options(new ProviderOptions { Name = "p", Type = "openai", BaseUrl = Server.Url });
        var provider = new Provider(options, new KeyRing([]) { SignIn = SignIn });
        var call = ChatCall.Of(body, Headers);
        Clock = new AttemptClock(
            Time, Timeouts, call.Stream, Holdfast.Timeouts.Deadline.After(Deadline, Time), Caller.Token);
        var result = await _client.AttemptAsync(call, provider, "gpt-4o",
            key is null ? null : new ApiKey(key, Time), Timeouts.Connect, Clock).AsTask().SoonAsync();
        lock (_open)
        {
            _open.Add(Clock);
            _open.AddRange(new IDisposable?[] { result.Answer, result.Stream }.OfType<IDisposable>());
        }

        return result;
    }

    /// <summary>What comes of a plain call when the server does as the script says.</summary>
    public async Task<AttemptResult> PlainAsync(Func<ScriptedConnection, Task> script) =>
        await RunAsync(ChatCall.Plain, script);

    /// <summary>What comes of a streamed call when the server does as the script says.</summary>
    public async Task<AttemptResult> StreamAsync(Func<ScriptedConnection, Task> script) =>
        await RunAsync(ChatCall.Streamed, script);

    /// <summary>Reads a stream to its end: how it ended, and everything that the caller got.</summary>
    public static async Task<(StreamStep Step, string Text)> ReadToEndAsync(ProviderStream stream)
    {
        using var output = new PooledBuffer();
        output.Write(stream.Opening.WrittenSpan);
        var step = stream.IsComplete ? StreamStep.Complete : StreamStep.More;
        while (step == StreamStep.More)
        {
            step = await stream.ReadAsync(output).AsTask().SoonAsync();
        }

        return (step, Encoding.UTF8.GetString(output.WrittenSpan));
    }

    public void Dispose()
    {
        _open.ForEach(open => open.Dispose());
        Server.Dispose();
        _client.Dispose();
        Caller.Dispose();
    }

    private async Task<AttemptResult> RunAsync(string body, Func<ScriptedConnection, Task> script)
    {
        var attempt = AttemptAsync(body);
        Last = await Server.RequestAsync();
        await script(Last);
        return await attempt;
    }
}

using System.Net;
using System.Runtime.CompilerServices;
using Holdfast.CircuitBreaking;
using Holdfast.Extensions.AI;
using Holdfast.Retrying;
using Holdfast.Tests.Telemetry;
using Microsoft.Extensions.AI;
using static Holdfast.Tests.ExtensionsAi.ScriptedChatClient;

namespace Holdfast.Tests.ExtensionsAi;

/// <summary>How streams end: left by their reader, read slowly, and with disposals that throw.</summary>
public class ChatStreamEndTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly List<string> _completed = [];
    private readonly List<string> _seen = [];

    private HoldfastOptions Options => new()
    {
        Time = _time,
        RandomSeed = 5,
        Retry = new RetryOptions { MaxRetries = 0 },
        OnCompleted = trail => _completed.Add(trail.ToString()),
    };

    [Fact]
    public async Task A_disposal_that_throws_after_a_whole_answer_is_not_the_callers()
    {
        using var listening = new Listening("chat-dispose");
        using var client = Client(
            Options with { Name = "chat-dispose" }, new ThrowsAtDisposal(null, Text("he"), Text("llo")));

        await ReadAsync(client);

        Assert.Equal(["he", "llo"], _seen);
        Assert.Equal("a:ok", Assert.Single(_completed));
        Assert.Contains("holdfast.operation.duration 0 outcome=ok", listening.Measured);
        Assert.Contains(listening.Spans, span => span.DisplayName == "operation chat-dispose");
    }

    [Fact]
    public async Task A_disposal_that_throws_does_not_hide_why_a_stream_failed_before_its_first_token()
    {
        var limited = new HttpRequestException("slow down", null, HttpStatusCode.TooManyRequests);
        using var client = Client(Options, new ThrowsAtDisposal(limited), Says("hello"));

        await ReadAsync(client);

        Assert.Equal("a:rate_limited,b:ok", Assert.Single(_completed));
        Assert.Equal(TimeSpan.FromSeconds(1), client.Targets[0].RestsFor);
    }

    [Fact]
    public async Task A_stream_left_at_its_finish_reason_is_a_success()
    {
        using var client = Client(
            Options with { CircuitBreaker = new CircuitBreakerOptions { FailureThreshold = 2 } },
            new ScriptedChatClient(
                Fails(new IOException()), Line(Text("hello"), Finish(ChatFinishReason.Stop), Text(""))));

        await Assert.ThrowsAnyAsync<Exception>(() => ReadAsync(client));
        await foreach (var update in client.GetStreamingResponseAsync("hi"))
        {
            if (update.FinishReason is not null)
                break;
        }

        Assert.Equal("a:ok", _completed[^1]);
        Assert.Equal(0, client.Targets[0].Breaker.GetStatus().ConsecutiveFailures);
    }

    [Fact]
    public async Task A_caller_that_cancels_after_the_finish_reason_has_had_a_whole_answer()
    {
        using var client = Client(
            Options, new ScriptedChatClient(Stalls(Text("hello"), Finish(ChatFinishReason.Stop))));
        using var left = new CancellationTokenSource();

        var reading = ReadAsync(client, left.Token);
        await left.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        Assert.Equal("a:ok", Assert.Single(_completed));
    }

    [Fact]
    public async Task A_reader_slower_than_the_idle_limit_is_not_cut_although_the_client_heeds_its_token()
    {
        using var client = Client(Options, new ScriptedChatClient(HeedAsync));

        await foreach (var update in client.GetStreamingResponseAsync("hi"))
        {
            _seen.Add(update.Text);
            _time.Advance(TimeSpan.FromSeconds(100));
        }

        Assert.Equal(["a", "b", "c"], _seen);
        Assert.Equal("a:ok", Assert.Single(_completed));
    }

    private static async IAsyncEnumerable<ChatResponseUpdate> HeedAsync(
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var word in (string[])["a", "b", "c"])
        {
            await Task.CompletedTask;
            cancellation.ThrowIfCancellationRequested();
            yield return Text(word);
        }
    }

    private static HoldfastChatClient Client(HoldfastOptions options, params IChatClient[] clients) =>
        HoldfastChatClient.Create(options, clients.Select((client, i) => new ChatTarget($"{(char)('a' + i)}", client)));

    private async Task ReadAsync(HoldfastChatClient client, CancellationToken cancellation = default)
    {
        await foreach (var update in client.GetStreamingResponseAsync("hi", cancellationToken: cancellation))
            _seen.Add(update.Text);
    }

    /// <summary>Brings its updates, then ends or throws, and can't be disposed of.</summary>
    private sealed class ThrowsAtDisposal(Exception? end, params ChatResponseUpdate[] updates)
        : IChatClient, IAsyncEnumerable<ChatResponseUpdate>, IAsyncEnumerator<ChatResponseUpdate>
    {
        private int _at = -1;

        public ChatResponseUpdate Current => updates[_at];

        public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages,
            ChatOptions? options = null, CancellationToken cancellationToken = default) => this;

        public IAsyncEnumerator<ChatResponseUpdate> GetAsyncEnumerator(
            CancellationToken cancellationToken = default) => this;

        public ValueTask<bool> MoveNextAsync() => ++_at < updates.Length
            ? ValueTask.FromResult(true)
            : end is null ? ValueTask.FromResult(false) : ValueTask.FromException<bool>(end);

        public ValueTask DisposeAsync() => throw new ObjectDisposedException("connection");

        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null,
            CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}

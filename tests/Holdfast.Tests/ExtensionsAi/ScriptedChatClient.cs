using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.ExtensionsAi;

/// <summary>
/// A chat client that does what a script says, call by call; the last line holds for all that follow.
/// </summary>
internal sealed class ScriptedChatClient(params Func<CancellationToken, IAsyncEnumerable<ChatResponseUpdate>>[] script)
    : IChatClient
{
    private int _calls;
    private int _open;

    public int Calls => Volatile.Read(ref _calls);

    /// <summary>Streams that are open now.</summary>
    public int Open => Volatile.Read(ref _open);

    public bool IsDisposed { get; private set; }

    public ChatOptions? LastOptions { get; private set; }

    public IReadOnlyList<ChatMessage> LastMessages { get; private set; } = [];

    public static ScriptedChatClient Says(params string[] words) => new(Line([.. words.Select(Text)]));

    public static ScriptedChatClient Throws(Exception exception) => new(Fails(exception));

    public static Func<CancellationToken, IAsyncEnumerable<ChatResponseUpdate>> Fails(
        Exception exception, params ChatResponseUpdate[] before) => _ => FailAsync(exception, before);

    public static Func<CancellationToken, IAsyncEnumerable<ChatResponseUpdate>> Line(
        params ChatResponseUpdate[] updates) => _ => updates.ToAsyncEnumerable();

    /// <summary>Brings these, and then nothing until it is cancelled.</summary>
    public static Func<CancellationToken, IAsyncEnumerable<ChatResponseUpdate>> Stalls(
        params ChatResponseUpdate[] before) => cancellation => StallAsync(before, cancellation);

    public static ChatResponseUpdate Text(string text) => new(ChatRole.Assistant, text);

    public static ChatResponseUpdate Finish(ChatFinishReason reason) => new() { FinishReason = reason };

    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        var updates = new List<ChatResponseUpdate>();
        await foreach (var update in GetStreamingResponseAsync(messages, options, cancellationToken))
            updates.Add(update);
        return updates.ToChatResponse();
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages,
        ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var call = Interlocked.Increment(ref _calls) - 1;
        LastOptions = options;
        LastMessages = [.. messages];
        Interlocked.Increment(ref _open);
        try
        {
            await foreach (var update in script[Math.Min(call, script.Length - 1)](cancellationToken))
                yield return update;
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceType == typeof(ChatClientMetadata) ? new ChatClientMetadata("openai", null, "gpt-4o") : null;

    public void Dispose() => IsDisposed = true;

    private static async IAsyncEnumerable<ChatResponseUpdate> FailAsync(
        Exception exception, ChatResponseUpdate[] before)
    {
        foreach (var update in before)
        {
            await Task.Yield();
            yield return update;
        }

        throw exception;
    }

    private static async IAsyncEnumerable<ChatResponseUpdate> StallAsync(
        ChatResponseUpdate[] before, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var update in before)
            yield return update;
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
    }
}

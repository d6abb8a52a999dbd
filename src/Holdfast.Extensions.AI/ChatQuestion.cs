using System.Diagnostics;
using Holdfast.Timeouts;
using Microsoft.Extensions.AI;

namespace Holdfast.Extensions.AI;

/// <summary>A plain chat call.</summary>
internal sealed class ChatQuestion(IReadOnlyList<ChatMessage> messages, ChatOptions? options, HoldfastOptions holdfast)
    : IQuestion<IChatClient, ChatResponse>
{
    public bool IsStream => false;

    public string? Model => options?.ModelId;

    public async Task<ChatResponse> AskAsync(Slot<IChatClient> slot, AttemptClock clock, Activity? span)
    {
        var asked = slot.Client.GetResponseAsync(messages, For(options, slot.Model), clock.Token);
        var answer = await Patience.TakeAsync(asked, clock.Token, holdfast.Time).ConfigureAwait(false);
        ChatTokens.ThrowIfNoAnswer(answer, holdfast.RequireFinishReason);
        if (span is not null)
            GenAiTags.Answer(span, answer);
        return answer;
    }

    public void Drop(ChatResponse answer)
    {
        // It holds nothing that would have to be given back.
    }

    /// <summary>Each attempt gets options of its own, so that no client sees what another has changed.</summary>
    public static ChatOptions? For(ChatOptions? options, string? model)
    {
        if (options is null && model is null)
            return null;
        var own = options?.Clone() ?? new ChatOptions();
        own.ModelId = model ?? own.ModelId;
        return own;
    }
}

/// <summary>A streamed chat call, answered by a stream at its first token.</summary>
internal sealed class ChatStreamQuestion(
    IReadOnlyList<ChatMessage> messages, ChatOptions? options, HoldfastOptions holdfast)
    : IQuestion<IChatClient, ChatStream>
{
    public bool IsStream => true;

    public string? Model => options?.ModelId;

    public Task<ChatStream> AskAsync(Slot<IChatClient> slot, AttemptClock clock, Activity? span) =>
        ChatStream.OpenAsync(
            slot.Client.GetStreamingResponseAsync(messages, ChatQuestion.For(options, slot.Model), clock.Token), clock,
            holdfast.Time, span);

    public void Drop(ChatStream answer) => Patience.Forget(answer.DisposeAsync().AsTask());
}

using Microsoft.Extensions.AI;

namespace Holdfast.Extensions.AI;

/// <summary>What counts as a part of an answer, and what as an error within one.</summary>
internal static class ChatTokens
{
    // OpenAI's client hands a refusal over as an error content; it is an answer.
    private const string Refusal = "Refusal";

    /// <summary>
    /// Whether an update commits the stream: it carries something for the caller, or says why the answer ends. Empty
    /// text, a role and a count of tokens are nothing.
    /// </summary>
    public static bool HasToken(ChatResponseUpdate update) =>
        update.FinishReason is not null || HasContent(update);

    /// <summary>Whether an update carries something for the caller.</summary>
    public static bool HasContent(ChatResponseUpdate update) => update.Contents.Any(IsToken);

    /// <summary>Characters, for the throughput.</summary>
    public static int Length(ChatResponseUpdate update)
    {
        var length = 0;
        foreach (var content in update.Contents)
        {
            length += content switch
            {
                TextContent text => text.Text.Length,
                TextReasoningContent reasoning => reasoning.Text.Length,
                _ => 1,
            };
        }

        return length;
    }

    /// <exception cref="BadAnswerException">The update carries an error.</exception>
    public static void ThrowIfError(IEnumerable<AIContent> contents)
    {
        if (contents.OfType<ErrorContent>().FirstOrDefault(content => !IsRefusal(content)) is { } error)
            throw new BadAnswerException($"the answer is an error: {error.Message}");
    }

    /// <exception cref="BadAnswerException">There is no answer in it.</exception>
    public static void ThrowIfNoAnswer(ChatResponse? response, bool requireFinishReason)
    {
        if (response is null)
            throw new BadAnswerException("the client answered null");
        var contents = response.Messages.SelectMany(message => message.Contents).ToList();
        if (!contents.Any(IsToken))
            ThrowIfError(contents);
        if (response.FinishReason is null && requireFinishReason)
            throw new BadAnswerException("the answer has no finish reason");
        // An accepted background task has nothing yet but the token to ask for it.
        if (response.FinishReason is null && response.ContinuationToken is null && !contents.Any(IsToken))
            throw new BadAnswerException("the answer is empty");
    }

    private static bool IsToken(AIContent content) => content switch
    {
        TextContent text => text.Text.Length != 0,
        TextReasoningContent reasoning => reasoning.Text.Length != 0 || !string.IsNullOrEmpty(reasoning.ProtectedData),
        ErrorContent error => IsRefusal(error),
        UsageContent => false,
        _ => true,
    };

    private static bool IsRefusal(ErrorContent error) =>
        string.Equals(error.ErrorCode, Refusal, StringComparison.OrdinalIgnoreCase);
}

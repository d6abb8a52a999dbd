namespace Holdfast.Gateway.Calls;

/// <summary>What a caller asks a model to do.</summary>
internal enum Operation
{
    ChatCompletions,

    /// <summary>An answer in the format of OpenAI's Responses API.</summary>
    Responses,

    /// <summary>Only how many tokens a conversation has.</summary>
    CountTokens,

    /// <summary>Texts as vectors.</summary>
    Embeddings,

    /// <summary>Whether texts or images are harmful.</summary>
    Moderations,

    /// <summary>Whatever a path of the provider's own does; the request and its answer go on as they are.</summary>
    PassThrough,
}

internal static class Operations
{
    /// <summary>The value of the <c>operation</c> label in metrics and logs.</summary>
    public static string Word(this Operation operation) => operation switch
    {
        Operation.ChatCompletions => "chat",
        Operation.Responses => "responses",
        Operation.CountTokens => "count_tokens",
        Operation.Embeddings => "embeddings",
        Operation.Moderations => "moderations",
        Operation.PassThrough => "pass_through",
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, null),
    };
}

namespace Holdfast.Gateway.Calls;

/// <summary>What a caller asks a model to do.</summary>
internal enum Operation
{
    ChatCompletions,
}

internal static class Operations
{
    /// <summary>The value of the <c>operation</c> label in metrics and logs.</summary>
    public static string Word(this Operation operation) => operation switch
    {
        Operation.ChatCompletions => "chat",
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, null),
    };
}

using Holdfast.Gateway.Providers.Translation;

namespace Holdfast.Gateway.Providers.Responses;

/// <summary>A chat's finish reason in the words of the Responses API.</summary>
internal readonly struct ResponseEnding
{
    private static readonly byte[] Completed = [.. "completed"u8];
    private static readonly byte[] Incomplete = [.. "incomplete"u8];
    private static readonly byte[] MaxOutputTokens = [.. "max_output_tokens"u8];
    private static readonly byte[] ContentFilter = [.. "content_filter"u8];

    private readonly byte[]? _reason;

    private ResponseEnding(byte[]? reason) => _reason = reason;

    public bool IsComplete => _reason is null;

    public ReadOnlySpan<byte> Status => IsComplete ? Completed : Incomplete;

    /// <summary>Empty for an answer that is complete.</summary>
    public ReadOnlySpan<byte> Reason => _reason;

    public static ResponseEnding Of(JsonView finishReason) => new(
        finishReason.Says("length"u8) ? MaxOutputTokens
        : finishReason.Says("content_filter"u8) ? ContentFilter
        : null);
}

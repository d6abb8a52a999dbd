namespace Holdfast.Gateway.Providers;

/// <summary>What a caller gets to know of an answer that is passed on as it is, before its body.</summary>
/// <param name="Status">A 2xx.</param>
/// <param name="ContentType">Null when the provider says none.</param>
/// <param name="ContentLength">Null when nobody knows yet.</param>
internal sealed record AnswerHead(int Status, string? ContentType, long? ContentLength);

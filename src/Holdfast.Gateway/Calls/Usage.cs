namespace Holdfast.Gateway.Calls;

/// <summary>
/// Tokens of one answer, in OpenAI's way of counting: <paramref name="Input"/> includes the cached and
/// cache-written tokens, <paramref name="Output"/> includes the reasoning tokens.
/// </summary>
internal readonly record struct Usage(
    long Input, long Output, long CachedInput = 0, long CacheWrite = 0, long Reasoning = 0)
{
    public bool IsKnown => Input != 0 || Output != 0;
}

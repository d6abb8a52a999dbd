using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Providers;

/// <summary>
/// What came of one request to a provider: a whole answer, a stream that has reached its first token, or a fault.
/// Exactly one of the three is set; the holder disposes the answer or the stream.
/// </summary>
internal readonly record struct AttemptResult
{
    public ProviderFault? Fault { get; private init; }

    public WholeAnswer? Answer { get; private init; }

    public ProviderStream? Stream { get; private init; }

    /// <summary>The provider's own request id, if it gave one.</summary>
    public string? RequestId { get; init; }

    /// <summary>The gateway's own share of the attempt's time: writing the request, reading and translating.</summary>
    public TimeSpan OwnTime { get; init; }

    /// <summary>What the head of the answer said of the provider's limits.</summary>
    public RateLimits? Limits { get; init; }

    /// <summary>How long the answer, whole already, took to be checked: nobody's latency.</summary>
    public TimeSpan Checking { get; init; }

    /// <summary>What an answer that turned out a bad one has used all the same.</summary>
    public Usage Usage { get; init; }

    /// <summary>A fault under what the provider's own rules say of it; everything else as it is.</summary>
    public AttemptResult Under(IReadOnlyList<ErrorRule> rules) =>
        Fault is { } fault && rules.Count > 0 ? this with { Fault = fault.Under(rules) } : this;

    public static implicit operator AttemptResult(ProviderFault fault) => new() { Fault = fault };

    public static implicit operator AttemptResult(WholeAnswer answer) => new() { Answer = answer };

    public static implicit operator AttemptResult(ProviderStream stream) => new() { Stream = stream };
}

/// <summary>A whole answer in the caller's dialect, in pooled memory.</summary>
internal sealed class WholeAnswer(
    ReadOnlyMemory<byte> body, Usage usage, PooledBuffer received, PooledBuffer translated) : IDisposable
{
    public ReadOnlyMemory<byte> Body { get; } = body;

    public Usage Usage { get; } = usage;

    public void Dispose()
    {
        received.Dispose();
        translated.Dispose();
    }
}

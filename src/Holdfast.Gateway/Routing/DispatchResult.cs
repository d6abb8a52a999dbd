using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Routing;

/// <summary>
/// What a call came to: a whole answer, a stream at its commit point, or an error. Exactly one is set; whoever takes
/// it disposes the answer or the lease.
/// </summary>
internal readonly record struct DispatchResult
{
    public WholeAnswer? Answer { get; private init; }

    public AttemptLease? Stream { get; private init; }

    /// <summary>The stream where it goes on at other targets when it breaks; disposes of both.</summary>
    public ContinuedStream? Continued { get; init; }

    public CallError? Error { get; private init; }

    /// <summary>The attempt that gave the answer; null with an error.</summary>
    public AttemptRecord? Attempt { get; init; }

    /// <summary>The provider's own id of the request, if it gave one.</summary>
    public string? RequestId { get; init; }

    public static implicit operator DispatchResult(WholeAnswer answer) => new() { Answer = answer };

    public static implicit operator DispatchResult(AttemptLease stream) => new() { Stream = stream };

    public static implicit operator DispatchResult(CallError error) => new() { Error = error };
}

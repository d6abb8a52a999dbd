using System.Buffers;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Routing;

/// <summary>
/// An answer under way to its caller: the stream of one attempt, or of several that went on with each other. Whoever
/// holds it reads until it is complete or broken and disposes it.
/// </summary>
internal interface ICallStream : IDisposable
{
    /// <summary>
    /// What had come by the first token; the caller gets it first. Nobody's after <see cref="ForgetOpening"/>.
    /// </summary>
    ReadOnlyMemory<byte> Opening { get; }

    /// <summary>Of an answer that is passed on as it is; null for the events of a model.</summary>
    AnswerHead? Head { get; }

    /// <summary>Why the stream broke, when it did.</summary>
    ProviderFault? Fault { get; }

    /// <inheritdoc cref="IStreamReader.NextNumber"/>
    long NextNumber { get; }

    /// <summary>The caller has the opening: its memory is free while the stream goes on.</summary>
    void ForgetOpening();

    /// <summary>Waits for more and appends it.</summary>
    ValueTask<StreamStep> ReadAsync(IBufferWriter<byte> output);

    /// <summary>The caller is slow to take what it got: the provider's clocks stand still.</summary>
    void Pause();

    /// <summary>The caller has taken it.</summary>
    void Resume();
}

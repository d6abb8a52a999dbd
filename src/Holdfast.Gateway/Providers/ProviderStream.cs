using System.Buffers;
using System.Runtime.CompilerServices;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Timeouts;

namespace Holdfast.Gateway.Providers;

internal enum StreamStep
{
    /// <summary>Something was read; there is more.</summary>
    More,

    /// <summary>The stream is complete: every choice has its finish reason, and the end marker is written.</summary>
    Complete,

    /// <summary>It broke: see <see cref="ProviderStream.Fault"/>.</summary>
    Broken,
}

/// <summary>
/// One provider's stream under way. <see cref="ReadAsync"/> appends to the given writer what the caller gets; nothing
/// is held back but an incomplete event. One reader at a time; disposing it closes the upstream connection.
/// </summary>
internal sealed class ProviderStream(
    HttpResponseMessage response, Stream body, IStreamReader reader, IEventParser parser, AttemptClock clock,
    ProviderClientOptions options, TimeProvider time) : IDisposable
{
    private const int ReadSize = 4096;

    // As much as goes on at once of what passes through.
    private const int PassedSize = 64 * 1024;

    private readonly PooledBuffer _received = new(initialCapacity: 0);
    private CancellationTokenSource? _patience;
    private CancellationTokenSource? _lastWait;
    private bool _hasToken;

    /// <summary>Set where bytes go on as they are: there is no token, and the answer commits with its head.</summary>
    public AnswerHead? Head { get; init; }

    /// <summary>What was read before the first token and with it; the caller gets it first.</summary>
    public PooledBuffer Opening { get; } = new();

    public Usage Usage => reader.Usage;

    /// <inheritdoc cref="IStreamReader.NextNumber"/>
    public long NextNumber => reader.NextNumber;

    /// <summary>Set when a step said <see cref="StreamStep.Broken"/>.</summary>
    public ProviderFault? Fault { get; private set; }

    /// <summary>Its finish reasons have come: whatever breaks now breaks no answer.</summary>
    public bool IsFinished => reader.IsFinished;

    /// <summary>The stream had ended by the time of its first token.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Reads into <see cref="Opening"/> up to the first token: the commit point.</summary>
    /// <returns>Null, or why there is none.</returns>
    public async ValueTask<ProviderFault?> OpenAsync()
    {
        if (Head is not null)
        {
            clock.FirstToken();
            return null;
        }

        while (true)
        {
            var step = await ReadAsync(Opening);
            if (step == StreamStep.Broken)
            {
                return Fault;
            }

            if (_hasToken)
            {
                IsComplete = step == StreamStep.Complete;
                return null;
            }

            if (Opening.Length > options.MaxPreCommitBytes)
            {
                return new ProviderFault(Outcome.BadAnswer,
                    $"no token in the stream's first {options.MaxPreCommitBytes} bytes");
            }
        }
    }

    /// <summary>
    /// Reads all the rest into <see cref="Opening"/>, for an answer that may not go on before somebody has seen it
    /// whole.
    /// </summary>
    /// <returns>True; false when it broke, or is larger than <paramref name="maxBytes"/> (no fault is set then).
    /// </returns>
    public async ValueTask<bool> CompleteAsync(int maxBytes)
    {
        while (!IsComplete && Opening.Length <= maxBytes)
        {
            var step = await ReadAsync(Opening);
            if (step == StreamStep.Broken)
            {
                return false;
            }

            IsComplete = step == StreamStep.Complete;
        }

        return Opening.Length <= maxBytes;
    }

    /// <summary>Waits for the provider's next bytes and appends the events that they complete.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<StreamStep> ReadAsync(IBufferWriter<byte> output)
    {
        if (Head is not null)
        {
            return await PassAsync(output);
        }

        int read;
        try
        {
            var until = reader.IsWhole ? LastWait() : clock.Token;
            if (_received.Length == 0)
            {
                // Of many streams almost all wait at any moment: none keeps memory for what hasn't come.
                _received.Dispose();
                _ = await body.ReadAsync(Memory<byte>.Empty, until);
            }

            read = await body.ReadAsync(_received.GetMemory(ReadSize), until);
        }
        catch (Exception broken) when (broken is IOException or OperationCanceledException or ObjectDisposedException)
        {
            return Interrupted(broken, output);
        }

        _received.Advance(read);
        return Take(output, atEnd: read == 0);
    }

    public void Dispose()
    {
        // Disposing the response closes the connection unless the body was read to its end.
        response.Dispose();
        _received.Dispose();
        parser.Dispose();
        Opening.Dispose();
        _lastWait?.Dispose();
        _patience?.Dispose();
    }

    private async ValueTask<StreamStep> PassAsync(IBufferWriter<byte> output)
    {
        try
        {
            var read = await body.ReadAsync(output.GetMemory(PassedSize), clock.Token);
            output.Advance(read);
            clock.TokenArrived(read);
            return read == 0 ? StreamStep.Complete : StreamStep.More;
        }
        catch (Exception broken) when (broken is IOException or OperationCanceledException or ObjectDisposedException)
        {
            return Broken(broken is OperationCanceledException
                ? Faults.Struck(clock.Struck)
                : new ProviderFault(Outcome.BadAnswer, "the connection was cut inside the answer"));
        }
    }

    /// <summary>
    /// With the answer whole, only an end marker or a usage chunk can come; nobody waits long for those.
    /// </summary>
    private CancellationToken LastWait()
    {
        _patience ??= new CancellationTokenSource(options.AfterFinish, time);
        _lastWait ??= CancellationTokenSource.CreateLinkedTokenSource(clock.Token, _patience.Token);
        return _lastWait.Token;
    }

    private StreamStep Take(IBufferWriter<byte> output, bool atEnd)
    {
        var unread = _received.WrittenSpan;
        var taken = 0;
        var characters = 0;
        var hasToken = false;
        var step = StreamStep.More;
        while (step == StreamStep.More && parser.TryRead(unread[taken..], atEnd, out var sse, out var consumed))
        {
            taken += consumed;
            var signal = reader.Read(sse, output);
            hasToken |= signal.Kind == StreamSignalKind.Token;
            characters += signal.Characters;
            step = signal.Kind switch
            {
                StreamSignalKind.End => Ended(reader.IsFinished, "the stream ended before a finish reason", output),
                StreamSignalKind.Fault when !sse.IsComplete => Ended(
                    reader.IsWhole, "the connection ended inside an event", output),
                StreamSignalKind.Fault => Broken(reader.Fault!),
                _ => StreamStep.More,
            };
        }

        _received.Consume(taken);
        if (hasToken)
        {
            if (!_hasToken)
            {
                _hasToken = true;
                clock.FirstToken();
            }

            clock.TokenArrived(characters);
        }

        if (step == StreamStep.More && atEnd)
        {
            return Ended(reader.IsWhole, "the connection ended before a finish reason", output);
        }

        return step == StreamStep.More && _received.Length > options.MaxEventBytes
            ? Broken(new ProviderFault(Outcome.BadAnswer, $"an event is larger than {options.MaxEventBytes} bytes"))
            : step;
    }

    private StreamStep Ended(bool isGood, string otherwise, IBufferWriter<byte> output)
    {
        if (!isGood)
        {
            return Broken(new ProviderFault(Outcome.BadAnswer, otherwise));
        }

        reader.Complete(output);
        return StreamStep.Complete;
    }

    private StreamStep Interrupted(Exception broken, IBufferWriter<byte> output)
    {
        // With every finish reason there, the answer is whole: only the end marker, or a usage chunk, was lost.
        if (reader.IsWhole && (broken is not OperationCanceledException || clock.Struck != TimeoutKind.None
            || _patience?.IsCancellationRequested == true))
        {
            reader.Complete(output);
            return StreamStep.Complete;
        }

        return Broken(broken is OperationCanceledException
            ? Faults.Struck(clock.Struck)
            : new ProviderFault(Outcome.BadAnswer, "the connection was cut before a finish reason"));
    }

    private StreamStep Broken(ProviderFault fault)
    {
        Fault = fault;
        return StreamStep.Broken;
    }
}

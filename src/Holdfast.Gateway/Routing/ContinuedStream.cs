using System.Buffers;
using System.Text;
using System.Text.Json;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Providers;
using Holdfast.Gateway.Providers.Continuing;

namespace Holdfast.Gateway.Routing;

/// <summary>
/// A stream that goes on at another target where one breaks. Until then the caller gets it byte by byte as it comes;
/// what is kept beside is the text so far. Where nobody can go on it ends as any other stream that broke.
/// </summary>
internal sealed class ContinuedStream : ICallStream
{
    private readonly IToldStream _told;
    private readonly StreamContinuation _next;
    private readonly PooledBuffer _events = new();
    private AttemptLease _lease;
    private Usage _before;
    private long _spokenBefore;
    private bool _isBroken;
    private bool _isLost;
    private bool _isBooked;
    private ProviderFault? _fault;

    /// <param name="first">The stream that won, at its commit point; disposed of with this.</param>
    /// <param name="told">Reads what the caller is told; disposed of with this.</param>
    /// <param name="next">Finds who goes on.</param>
    public ContinuedStream(AttemptLease first, IToldStream told, StreamContinuation next)
    {
        _lease = first;
        _told = told;
        _next = next;
        Opening = first.Opening;
        Note(Opening.Span);
    }

    public ReadOnlyMemory<byte> Opening { get; private set; }

    public AnswerHead? Head => null;

    public ProviderFault? Fault => _fault ?? _lease.Fault;

    public long NextNumber => _lease.NextNumber;

    public void ForgetOpening()
    {
        Opening = default;
        _lease.ForgetOpening();
    }

    private bool HasGoneOn => _next.Count > 0;

    public async ValueTask<StreamStep> ReadAsync(IBufferWriter<byte> output)
    {
        if (_isBroken)
        {
            return await GoOnAsync(output);
        }

        _events.Clear();
        var step = await _lease.ReadAsync(_events);
        if (!TryPass(_events.WrittenSpan, output))
        {
            return StreamStep.Broken;
        }

        if (step == StreamStep.Broken && _lease.Fault!.Outcome is not (Outcome.Cancelled or Outcome.CallerError)
            && _told.Obstacle is null && !_isLost && !_lease.IsFinished)
        {
            // What came before the break must not wait for who goes on.
            _isBroken = true;
            return StreamStep.More;
        }

        Book();
        return step;
    }

    public void Pause() => _lease.Pause();

    public void Resume() => _lease.Resume();

    public void Dispose()
    {
        _lease.Dispose();
        if (_fault is { Outcome: Outcome.BadAnswer } && !_isBooked)
        {
            // Its caller has not left; it was told less than the whole.
            _next.Break();
        }

        Book();
        _told.Dispose();
        _events.Dispose();
    }

    private async ValueTask<StreamStep> GoOnAsync(IBufferWriter<byte> output)
    {
        var broken = _lease.Fault!;
        _before = Used(_lease);
        _spokenBefore = _told.Spoken;
        // Its connection is of no use to anybody, and its target's place is free.
        _lease.Dispose();
        var (lease, ended) = await _next.GoOnAsync(_told.Text);
        if (lease is null)
        {
            _fault = ended ?? broken;
            _next.Book(_before);
            _isBooked = true;
            return StreamStep.Broken;
        }

        _isBroken = false;
        _lease = lease;
        var target = lease.Target;
        _told.GoOn(_next.WayOf(target));
        WriteTrail(target, output);
        var isPassed = TryPass(lease.Opening.Span, output);
        lease.ForgetOpening();
        return isPassed ? StreamStep.More : StreamStep.Broken;
    }

    /// <summary>A comment, which clients pass over: the headers are gone, and here the trail is found.</summary>
    private static void WriteTrail(Target target, IBufferWriter<byte> output)
    {
        output.Write(": goes on at "u8);
        output.Write(Encoding.ASCII.GetBytes(
            $"{HeaderText.Encode(target.Provider.Name)}/{HeaderText.Encode(target.Model)}\n\n"));
    }

    private void Note(ReadOnlySpan<byte> events)
    {
        try
        {
            _told.Note(events);
        }
        catch (JsonException)
        {
            // More values than are read here: the caller gets them all the same, but nobody can go on with them.
            _isLost = true;
        }
    }

    private bool TryPass(ReadOnlySpan<byte> events, IBufferWriter<byte> output)
    {
        if (!HasGoneOn)
        {
            output.Write(events);
            Note(events);
            return true;
        }

        try
        {
            _told.Tell(events, Sum(_before, _lease.Usage), output);
            return true;
        }
        catch (JsonException unfit)
        {
            _fault = Faults.BadAnswer($"what goes on cannot be joined to what was told: {unfit.Message}");
            return false;
        }
    }

    private void Book()
    {
        if (HasGoneOn && !_isBooked)
        {
            _next.Book(Sum(_before, _lease.Usage));
        }
    }

    /// <summary>What everybody so far has used: as told, or by an estimate where a cut came before.</summary>
    private Usage Used(AttemptLease lease)
    {
        var told = lease.Usage;
        var spoken = ToldAnswer.TokensOf(_told.Spoken - _spokenBefore);
        return Sum(_before, told with
        {
            Input = told.Input > 0 ? told.Input : _next.EstimatedInput,
            Output = Math.Max(told.Output, spoken),
        });
    }

    private static Usage Sum(in Usage one, in Usage other) => new(
        one.Input + other.Input, one.Output + other.Output, one.CachedInput + other.CachedInput,
        one.CacheWrite + other.CacheWrite, one.Reasoning + other.Reasoning);
}

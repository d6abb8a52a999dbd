using System.Collections.Concurrent;

namespace Holdfast.Simulator.Providers;

/// <summary>Counts what was really served.</summary>
internal sealed class TrafficCounters
{
    private readonly ConcurrentDictionary<string, long> _failures = new(StringComparer.Ordinal);
    private long _requests;
    private long _succeeded;
    private long _streams;
    private long _completedStreams;
    private long _clientGone;
    private long _inFlight;
    private long _tokensIn;
    private long _tokensOut;

    public void Arrived()
    {
        Interlocked.Increment(ref _requests);
        Interlocked.Increment(ref _inFlight);
    }

    public void Left() => Interlocked.Decrement(ref _inFlight);

    public void ClientGone() => Interlocked.Increment(ref _clientGone);

    public void StreamBegun() => Interlocked.Increment(ref _streams);

    public void Succeeded(bool streamed, int tokensIn, int tokensOut)
    {
        Interlocked.Increment(ref _succeeded);
        Interlocked.Add(ref _completedStreams, streamed ? 1 : 0);
        Interlocked.Add(ref _tokensIn, tokensIn);
        Interlocked.Add(ref _tokensOut, tokensOut);
    }

    public void Failed(string kind) => _failures.AddOrUpdate(kind, 1, static (_, count) => count + 1);

    /// <summary>Zeroes everything but the calls in flight, which go on.</summary>
    public void Reset()
    {
        Interlocked.Exchange(ref _requests, 0);
        Interlocked.Exchange(ref _succeeded, 0);
        Interlocked.Exchange(ref _streams, 0);
        Interlocked.Exchange(ref _completedStreams, 0);
        Interlocked.Exchange(ref _clientGone, 0);
        Interlocked.Exchange(ref _tokensIn, 0);
        Interlocked.Exchange(ref _tokensOut, 0);
        _failures.Clear();
    }

    public ProviderCounters Read() => new()
    {
        Requests = Interlocked.Read(ref _requests),
        Succeeded = Interlocked.Read(ref _succeeded),
        Streams = Interlocked.Read(ref _streams),
        CompletedStreams = Interlocked.Read(ref _completedStreams),
        ClientGone = Interlocked.Read(ref _clientGone),
        InFlight = Interlocked.Read(ref _inFlight),
        TokensIn = Interlocked.Read(ref _tokensIn),
        TokensOut = Interlocked.Read(ref _tokensOut),
        Failures = new SortedDictionary<string, long>(_failures.ToDictionary(), StringComparer.Ordinal),
    };
}

namespace Holdfast.Gateway.Routing;

/// <summary>
/// Which requests have failed at a target, and whose. One that a provider always answers with a 500, and that its
/// caller sends again and again, looks like an outage; but an outage spares nobody. So a request that fails once more
/// is taken for the one at fault when others were answered since it failed first, and not long ago; and so is any
/// request while its caller is the only one that sees failures and somebody else was answered not long ago. Bounded and
/// thread-safe; while nothing has failed, an answer takes no lock.
/// </summary>
internal sealed class FailedRequests(TimeProvider time)
{
    /// <summary>Requests that are remembered, the latest.</summary>
    internal const int Most = 64;

    /// <summary>So long after the last failure the requests are remembered.</summary>
    internal static readonly TimeSpan Remembered = TimeSpan.FromMinutes(10);

    /// <summary>So long an answer says that the target works.</summary>
    internal static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<long, long> _answersAtFailure = [];
    private readonly Queue<long> _inOrder = new();
    private readonly LatestCallers _answered = new();
    private readonly LatestCallers _failing = new();
    private volatile bool _isAny;
    private long _answers;
    private long _answeredAt;
    private long _failedAt;

    /// <summary>The target has answered this request: whatever was wrong was not in it.</summary>
    /// <param name="request">Its body.</param>
    /// <param name="caller">Whose it is; 0: nobody knows.</param>
    public void Answered(ReadOnlySpan<byte> request, int caller = 0)
    {
        Interlocked.Increment(ref _answers);
        _answered.Saw(caller, time.GetTimestamp());
        if (!_isAny)
        {
            return;
        }

        var digest = DigestOf(request);
        lock (_gate)
        {
            _answeredAt = time.GetTimestamp();
            ForgetOldUnderLock();
            _answersAtFailure.Remove(digest);
        }
    }

    /// <summary>The target has failed at this request.</summary>
    /// <param name="request">Its body; nothing is remembered of an empty one.</param>
    /// <param name="caller">Whose it is; 0: nobody knows, and it may be anybody's.</param>
    /// <returns>True when the request is at fault and not the target.</returns>
    public bool Failed(ReadOnlySpan<byte> request, int caller = 0)
    {
        if (request.IsEmpty)
        {
            return false;
        }

        var digest = DigestOf(request);
        lock (_gate)
        {
            ForgetOldUnderLock();
            _failedAt = time.GetTimestamp();
            _failing.Saw(caller, _failedAt);
            var isCallersOwn = caller != 0 && _answered.LastBesides(caller) is { } answeredAt
                && time.GetElapsedTime(answeredAt) < Fresh
                && !(_failing.LastBesides(caller) is { } failedAt && time.GetElapsedTime(failedAt) < Fresh);
            var answers = Interlocked.Read(ref _answers);
            if (_answersAtFailure.TryGetValue(digest, out var before))
            {
                return isCallersOwn || (before < answers && time.GetElapsedTime(_answeredAt) < Fresh);
            }

            if (_inOrder.Count == Most)
            {
                _answersAtFailure.Remove(_inOrder.Dequeue());
            }

            _answersAtFailure[digest] = answers;
            _inOrder.Enqueue(digest);
            _isAny = true;
            return isCallersOwn;
        }
    }

    // With a seed of the process, so that nobody can make two requests that are taken for one.
    private static long DigestOf(ReadOnlySpan<byte> request)
    {
        var hash = new HashCode();
        hash.AddBytes(request);
        return ((long)request.Length << 32) | (uint)hash.ToHashCode();
    }

    private void ForgetOldUnderLock()
    {
        if (_isAny && time.GetElapsedTime(_failedAt) >= Remembered)
        {
            _isAny = false;
            _answersAtFailure.Clear();
            _inOrder.Clear();
        }
    }

    /// <summary>
    /// The last two callers of whom something was seen, and when. Without a lock: what two see at once may be lost,
    /// which changes nothing but whether one failure more or less is counted.
    /// </summary>
    private sealed class LatestCallers
    {
        private int _last;
        private int _other;
        private long _lastAt;
        private long _otherAt;

        public void Saw(int caller, long at)
        {
            if (caller != Volatile.Read(ref _last))
            {
                _other = _last;
                _otherAt = _lastAt;
                Volatile.Write(ref _last, caller);
            }

            Volatile.Write(ref _lastAt, at);
        }

        /// <summary>When something was seen of anybody but this caller; null: never.</summary>
        public long? LastBesides(int caller) =>
            _last != 0 && _last != caller ? _lastAt : _other != 0 && _other != caller ? _otherAt : null;
    }
}

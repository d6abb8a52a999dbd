namespace Holdfast.Admission;

/// <summary>What leases tell of the calls that were let in, and what is learned from it.</summary>
public sealed partial class AdmissionQueue
{
    // Those that were let in and wait for something else before they begin.
    private int _paused;

    /// <summary>
    /// Takes over what another queue has learned of a server's limits, in place of what this one knew, and learns from
    /// an answer to one of its calls: for calls that go their own way from now on. The other one learns nothing new.
    /// </summary>
    /// <param name="call">A call that runs in the other queue, on the same clock.</param>
    /// <param name="requests">What its answer said of calls; null when nothing.</param>
    /// <param name="tokens">What its answer said of tokens; null when nothing.</param>
    /// <param name="account">Whose limits it spoke of: see <see cref="AdmissionLease.Learned"/>.</param>
    /// <returns>False, and nothing is taken over, when the lease was given back or is of this queue.</returns>
    public bool LearnFrom(AdmissionLease call, in RateLimitReading? requests, in RateLimitReading? tokens,
        object? account = null)
    {
        if (call.Queue is not { } other || ReferenceEquals(other, this)
            || other.Copy(call, out var running) is not { } learned)
            return false;
        var earlier = other._time.GetElapsedTime(other._origin, _origin).Ticks;
        lock (_gate)
        {
            _pace.LearnFrom(learned, earlier);
            running = running with { Since = running.Since - earlier };
            _pace.Learn(requests, tokens, account, alike: null, running, Now());
            LetInUnderLock(Now());
            return true;
        }
    }

    /// <summary>
    /// Takes over what another queue has learned of one account's limits, beside what this one knows: for calls of that
    /// account that go by this one from now on. All that was begun in the other queue since its server last spoke
    /// counts as taken.
    /// </summary>
    /// <param name="other">The other queue, on the same clock. It goes on as it is.</param>
    /// <param name="account">As it was named to <see cref="AdmissionLease.Learned"/>.</param>
    /// <returns>
    /// False, and nothing is taken over, when the other queue knows nothing of the account that still holds, or is this
    /// one.
    /// </returns>
    public bool LearnFrom(AdmissionQueue other, object? account)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (ReferenceEquals(other, this))
            return false;
        AdmissionPace learned;
        lock (other._gate)
            learned = other._pace.Copy();
        var earlier = other._time.GetElapsedTime(other._origin, _origin).Ticks;
        lock (_gate)
            return _pace.Add(learned, account, earlier, Now());
    }

    /// <summary>
    /// What a server said of an account's limits holds no call back any more: it has come to be one with another, or
    /// its calls go another way. Where nothing else holds it does until the server speaks again.
    /// </summary>
    /// <param name="account">As it was named to <see cref="AdmissionLease.Learned"/>.</param>
    public void Forget(object? account)
    {
        lock (_gate)
        {
            var now = Now();
            _pace.Forget(account, now);
            LetInUnderLock(now);
        }
    }

    internal void Leave(int place, long generation, AdmissionEnding ending)
    {
        lock (_gate)
        {
            if (!_places.TryGiveBack(place, generation, out var left))
                return;
            _pace.Ended(left, ending);
            var now = Now();
            if (left.PausedAt is { } pausedAt)
                GoOnUnderLock(ref left, pausedAt, now);
            var ran = Math.Max(0, now - left.Since - left.Paused);
            if (_line.Count > 0 && _measures.AverageRunTicks is > 0 and var average)
                _line.Took(left, ran / average);
            _measures.Ended(now, ran, ran + left.Paused, ending);
            AdaptUnderLock(ran, ending);
            LetInUnderLock(now);
        }
    }

    /// <summary>Undoes that a call was let in.</summary>
    internal void Withdraw(int place, long generation)
    {
        lock (_gate)
        {
            if (!_places.TryGiveBack(place, generation, out var left))
                return;
            _paused -= left.PausedAt is null ? 0 : 1;
            _pace.Withdrawn(left);
            _admitted--;
            _measures.Withdrawn();
            LetInUnderLock(Now());
        }
    }

    internal void Pause(int place, long generation)
    {
        lock (_gate)
        {
            if (!_places.IsTaken(place, generation))
                return;
            ref var call = ref _places.At(place);
            if (call.PausedAt is not null)
                return;
            _paused++;
            call = call with { PausedAt = Now() };
        }
    }

    internal void GoOn(int place, long generation)
    {
        lock (_gate)
        {
            if (!_places.IsTaken(place, generation))
                return;
            ref var call = ref _places.At(place);
            if (call.PausedAt is { } pausedAt)
                GoOnUnderLock(ref call, pausedAt, Now());
        }
    }

    internal void Learn(int place, long generation, in RateLimitReading? requests, in RateLimitReading? tokens,
        object? account, IReadOnlyCollection<object>? alike)
    {
        lock (_gate)
        {
            if (!_places.TryFind(place, generation, out var taken))
                return;
            _pace.Learn(requests, tokens, account, alike, taken, Now());
            LetInUnderLock(Now());
        }
    }

    private AdmissionPace? Copy(AdmissionLease call, out RunningCall running)
    {
        lock (_gate)
            return _places.TryFind(call.Place, call.Generation, out running) ? _pace.Copy() : null;
    }

    private void GoOnUnderLock(ref RunningCall call, long pausedAt, long now)
    {
        var waited = Math.Max(0, now - pausedAt);
        _paused--;
        _measures.Waited(waited);
        call = call with { Paused = call.Paused + waited, PausedAt = null };
    }

    private void AdaptUnderLock(long ran, AdmissionEnding ending)
    {
        if (_adaptive is null)
            return;
        if (ending == AdmissionEnding.Succeeded)
            _adaptive.Succeeded(new TimeSpan(ran), _places.Taken - _paused + 1);
        else if (ending == AdmissionEnding.Overloaded)
            _adaptive.Overloaded();
        Volatile.Write(ref _maxConcurrency, _adaptive.Limit);
    }
}

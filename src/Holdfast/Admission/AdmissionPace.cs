namespace Holdfast.Admission;

/// <summary>
/// When the next call may begin, whatever places there are: by the configured throttle, and by what the server said of
/// its own limits. Not thread-safe.
/// </summary>
internal sealed class AdmissionPace(double throttleRate)
{
    private double _throttleRate = throttleRate;
    private SlidingThrottle? _throttle = throttleRate > 0 ? new SlidingThrottle(throttleRate) : null;
    private LearnedLimits _requests = new();

    // What a call takes of tokens is known when it is over; until then there is an estimate.
    private LearnedLimits _tokens = new(doubt: 0.5);

    /// <summary>How many ticks until a call of so many tokens may begin; zero: now.</summary>
    public long Wait(long tokens, long now) => Math.Max(
        _throttle?.Wait(now) ?? 0, Math.Max(_requests.Wait(1, now), _tokens.Wait(tokens, now)));

    /// <summary>How many ticks until one may begin that has so many before it.</summary>
    /// <param name="ahead">How many.</param>
    /// <param name="tokensAhead">What they cost together.</param>
    /// <param name="tokens">What it costs itself.</param>
    /// <param name="now">The moment.</param>
    public long Estimate(int ahead, double tokensAhead, long tokens, long now)
    {
        var throttled = _throttle is null
            ? 0
            : _throttle.Wait(now) + (long)(ahead / _throttleRate * TimeSpan.TicksPerSecond);
        var told = Math.Max(_requests.Wait(1, now), _tokens.Wait(tokens, now));
        if (ahead == 0)
            return Math.Max(throttled, told);
        var line = ahead + 1;
        var paced = Math.Max(_requests.Pace(line, line, now), _tokens.Pace(line, tokensAhead + tokens, now));
        return Math.Max(throttled, Math.Max(told, (long)Math.Min(paced, TimeSpan.TicksPerDay)));
    }

    /// <summary>Another rate from now on. What has begun counts on: a change is no occasion for a burst.</summary>
    public void Throttle(double rate)
    {
        if (rate == _throttleRate)
            return;
        _throttleRate = rate;
        _throttle = rate > 0 ? new SlidingThrottle(rate, _throttle) : null;
    }

    public PaceMark Begin(long tokens, long now)
    {
        _throttle?.Begin(now);
        _requests.Take(1, now);
        _tokens.Take(tokens, now);
        return new PaceMark(_requests.Taken, _tokens.Taken);
    }

    public void Learn(in RateLimitReading? requests, in RateLimitReading? tokens, object? account,
        IReadOnlyCollection<object>? alike, in RunningCall call, long now)
    {
        if (requests is { } ofRequests)
            _requests.Learn(ofRequests, account, alike, call.Mark.Requests, call.Since, now);
        if (tokens is { } ofTokens)
            _tokens.Learn(ofTokens, account, alike, call.Mark.Tokens, call.Since, now);
    }

    /// <summary>What was said of an account says nothing any more, unless nothing else holds.</summary>
    public void Forget(object? account, long now)
    {
        _requests.Forget(account, now);
        _tokens.Forget(account, now);
    }

    /// <summary>A call has ended, whatever its answer said.</summary>
    public void Ended(in RunningCall call, AdmissionEnding ending)
    {
        // Servers count a call as one also when they refuse or fail it, but take no tokens for what they didn't do. Of
        // a call that nobody waited for any more they may have done all.
        _requests.Ended(call.Mark.Requests, call.Since);
        if (ending is AdmissionEnding.Refused or AdmissionEnding.Failed)
            _tokens.EndedUnserved(call.Mark.Tokens, call.Since);
        else
            _tokens.Ended(call.Mark.Tokens, call.Since);
    }

    /// <summary>A call that had begun here was never sent.</summary>
    public void Withdrawn(in RunningCall call)
    {
        _requests.EndedUnserved(call.Mark.Requests, call.Since);
        _tokens.EndedUnserved(call.Mark.Tokens, call.Since);
    }

    /// <summary>One that knows the same and learns apart from this one. The throttle is not copied.</summary>
    public AdmissionPace Copy() => new(0) { _requests = _requests.Copy(), _tokens = _tokens.Copy() };

    /// <summary>Knows from now on, too, what another one knows of an account.</summary>
    /// <param name="other">The other, which nobody else uses any more.</param>
    /// <param name="account">Whose limits they are.</param>
    /// <param name="earlier">How many ticks earlier its clock began than this one's.</param>
    /// <param name="now">The moment.</param>
    /// <returns>False when it knows nothing that holds.</returns>
    public bool Add(AdmissionPace other, object? account, long earlier, long now)
    {
        other._requests.Shift(-earlier);
        other._tokens.Shift(-earlier);
        return _requests.Add(other._requests, account, now) | _tokens.Add(other._tokens, account, now);
    }

    /// <summary>Knows from now on what another one knew.</summary>
    /// <param name="other">The other, which nobody else uses any more.</param>
    /// <param name="earlier">How many ticks earlier its clock began than this one's.</param>
    public void LearnFrom(AdmissionPace other, long earlier)
    {
        (_requests, _tokens) = (other._requests, other._tokens);
        _requests.Shift(-earlier);
        _tokens.Shift(-earlier);
    }
}

/// <summary>What had been taken of the server's limits when a call had begun.</summary>
internal readonly record struct PaceMark(long Requests, long Tokens);

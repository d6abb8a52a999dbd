namespace Holdfast.Admission;

/// <summary>
/// Keeps calls below what a server says it allows. While half of it is left, calls go as they come; from there on they
/// are spread over the time until it is there again, so that the server never has to say no. The same rule serves
/// servers that fill up all the time (it settles at half of the limit, at the full rate) and those that fill up all at
/// once. Not thread-safe.
/// </summary>
internal sealed class LearnedLimit
{
    private const double FreeShare = 0.5;

    // What the server has not yet counted when it said what is left is taken off; what others with the same key take,
    // nobody knows, so a little is left to them.
    private const double Margin = 0.02;

    private long _limit;
    private long _remaining;
    private long _resetAt;
    private long _toldFor = -1;
    private long _taken;
    private long _takenWhenTold;
    private long _lastBegun = long.MinValue / 2;

    /// <summary>
    /// All that was ever taken: what a call has to remember so that its answer can be put in its place.
    /// </summary>
    public long Taken => _taken;

    public void Take(long cost, long now)
    {
        _taken += cost;
        _lastBegun = now;
    }

    /// <summary>A server said what is left.</summary>
    /// <param name="reading">What it said.</param>
    /// <param name="takenByThen">What <see cref="Taken"/> was after the call that it answered had begun.</param>
    /// <param name="now">The moment.</param>
    public void Learn(in RateLimitReading reading, long takenByThen, long now)
    {
        // Answers overtake each other; the one to the later call knows more.
        if (takenByThen < _toldFor && now < _resetAt)
            return;
        _toldFor = takenByThen;
        _takenWhenTold = takenByThen;
        _remaining = Math.Max(0, reading.Remaining);
        _limit = Math.Max(reading.Limit ?? Math.Max(_limit, _remaining), 1);
        _resetAt = now + Math.Clamp(reading.Reset.Ticks, 0, TimeSpan.TicksPerDay);
    }

    /// <summary>How many ticks until a call of this cost may begin; zero: now.</summary>
    public long Wait(long cost, long now)
    {
        var untilReset = _resetAt - now;
        if (_limit == 0 || cost == 0 || untilReset <= 0)
            return 0;
        var left = (_remaining - (_taken - _takenWhenTold)) * (1 - Margin);
        // More than there ever is: the server will have to say so itself.
        if (cost > _limit || left - cost >= _limit * FreeShare)
            return 0;
        if (left < cost)
            return untilReset;
        // Since the last one has begun, this one's share of the time must pass.
        var pace = untilReset * (cost / left);
        return (long)Math.Clamp(_lastBegun + pace - now, 0, untilReset);
    }

    /// <summary>How many ticks so many calls of cost 1 take at the pace of now; zero while there is none.</summary>
    public double Pace(long calls, long now)
    {
        var untilReset = _resetAt - now;
        var left = (_remaining - (_taken - _takenWhenTold)) * (1 - Margin);
        if (_limit == 0 || untilReset <= 0 || left - calls >= _limit * FreeShare)
            return 0;
        return left <= calls ? untilReset : untilReset * (calls / left);
    }
}

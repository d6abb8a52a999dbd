namespace Holdfast.Admission;

/// <summary>
/// Keeps calls below what a server says it allows. While half of it is left, calls go as they come; from there on they
/// are spread over the time until it is there again, so that the server never has to say no. The same rule serves
/// servers that fill up all the time (it settles at half of the limit, at the full rate) and those that fill up all at
/// once. Not thread-safe.
/// </summary>
/// <param name="calls">The calls that are taken off it, which it only reads.</param>
/// <param name="doubt">
/// So much more than was estimated calls may take, as a share: of those that the server hasn't counted yet together,
/// and twice as much of a single one.
/// </param>
/// <param name="account">Whose limit it is.</param>
internal sealed class LearnedLimit(RecentCalls calls, double doubt, object? account)
{
    private const double FreeShare = 0.5;

    // What the server has not yet counted when it said what is left is taken off; what others with the same key take,
    // nobody knows, so a little is left to them.
    private const double Margin = 0.02;

    // Of a small limit one call, because one may be on its way when a new count begins.
    private const double SmallMargin = 0.05;

    // So much later than another a call may begin and reach the server before it.
    private const long Overtaking = TimeSpan.TicksPerSecond;

    private RecentCalls _calls = calls;

    // Only where what calls take is an estimate: who takes one call, takes one.
    private CountedRatio _ratio;
    private long _limit;

    // Where a server never says its limit, it is the most that was ever left.
    private bool _isLimitTold;

    // Nothing was said of the period that runs, and nothing taken of it: what is left is a guess.
    private bool _isUntouched;
    private long _remaining;
    private long _resetAt;
    private long _toldAt;
    private long _longestReset;
    private double _quickestFill = double.MaxValue;
    private double _slowestFill;
    private long _toldFor = -1;
    private long _takenWhenTold;

    // What the server may not have counted yet when it spoke, though it began before the call that it spoke to, and
    // from when on such calls began.
    private long _uncounted;
    private long _uncountedSince;

    // Of what was taken since the server last spoke, what came to nothing. What was taken from the second mark to where
    // the period that runs began is taken off what is left, until its call comes to nothing, too.
    private long _givenBack;
    private long _takenOffSince;

    /// <summary>Whose limit it is, as far as anybody knows.</summary>
    public object? Account { get; private set; } = account;

    /// <summary>All there is; 0 as long as nothing was said.</summary>
    public long Limit => _limit;

    // What estimates have to be multiplied by.
    private double Ratio => doubt == 0 ? 1 : _ratio.Value;

    private double Left => WithoutMargin(
        _remaining - ((_calls.Taken - _takenWhenTold - _givenBack + _uncounted) * Ratio * (1 + doubt)));

    // How long all of the limit takes to be there again. A server that fills up all the time says how long for what was
    // used of it, always at the same rate; one that begins a new count says the rest of its period, whatever was used.
    private double Period =>
        Math.Min(TimeSpan.TicksPerDay, Math.Max(_longestReset, Fill > 0 ? Fill : TimeSpan.TicksPerMinute));

    // Of a server that fills up all the time, as far as anybody can tell; else 0.
    private double Fill =>
        _quickestFill == double.MaxValue || _slowestFill > _quickestFill * 1.5 ? 0 : _quickestFill;

    private double WithoutMargin(double left) =>
        left - Math.Max(left * Margin, Math.Min(1, _limit * SmallMargin));

    /// <summary>What was said is over: all of it is there again by now.</summary>
    public bool IsOver(long now) => now >= _resetAt;

    /// <summary>
    /// Whether what was said of an account may be said of this one, too: no more can be left than was, but for what has
    /// come back since.
    /// </summary>
    public bool MayBe(in RateLimitReading reading, long now)
    {
        if (IsOver(now))
            return true;
        var back = _slowestFill > _quickestFill * 1.5 ? 0
            : (now - _toldAt) * (_limit / (Fill > 0 ? Fill : _resetAt - _toldAt));
        return (reading.Limit ?? _limit) == _limit && reading.Remaining <= _remaining + back;
    }

    /// <summary>One that knows the same, and goes its own way.</summary>
    /// <param name="calls">The calls that are taken off that one.</param>
    public LearnedLimit Copy(RecentCalls calls)
    {
        var copy = (LearnedLimit)MemberwiseClone();
        copy._calls = calls;
        return copy;
    }

    /// <summary>One that knows the same of other calls. Of what was taken here nothing is given back there.</summary>
    /// <param name="calls">The calls that are taken off that one from now on.</param>
    /// <param name="now">The moment.</param>
    public LearnedLimit MovedTo(RecentCalls calls, long now)
    {
        Renew(now);
        var moved = Copy(calls);
        moved._remaining = Math.Max(0, _remaining - (_calls.Taken - _takenWhenTold - _givenBack + _uncounted));
        (moved._toldFor, moved._takenWhenTold, moved._takenOffSince) = (calls.Taken, calls.Taken, calls.Taken);
        (moved._givenBack, moved._uncounted, moved._uncountedSince) = (0, 0, now);
        moved._ratio.Rebase(moved._remaining, calls.Taken, now);
        return moved;
    }

    /// <summary>It is another's from now on, whichever call that one is answered first.</summary>
    public void BelongTo(object? account)
    {
        Account = account;
        _toldFor = -1;
    }

    /// <summary>Moves all moments by so many ticks, to another clock.</summary>
    public void Shift(long ticks)
    {
        _resetAt += ticks;
        _toldAt += ticks;
        _uncountedSince += ticks;
        _ratio.Shift(ticks);
    }

    /// <summary>A call is about to begin.</summary>
    public void Take(long cost, long now)
    {
        Renew(now);
        _isUntouched &= cost == 0;
    }

    /// <summary>A call has ended: the server has counted it by now.</summary>
    /// <param name="cost">What it takes.</param>
    /// <param name="mark">Its mark among the calls.</param>
    /// <param name="begunAt">When it began.</param>
    /// <returns>Whether it was taken off as one that may not be counted yet.</returns>
    public bool TakeOffNoMore(long cost, long mark, long begunAt)
    {
        if (cost == 0 || mark > _toldFor || begunAt < _uncountedSince)
            return false;
        _uncounted = Math.Max(0, _uncounted - cost);
        return true;
    }

    /// <summary>
    /// A call has come to nothing: unless its answer said what is left, nothing was taken for it.
    /// </summary>
    /// <param name="cost">What it would have taken.</param>
    /// <param name="mark">Its mark among the calls.</param>
    /// <param name="begunAt">When it began.</param>
    public void GiveBack(long cost, long mark, long begunAt)
    {
        TakeOffNoMore(cost, mark, begunAt);
        if (mark > _takenWhenTold)
            _givenBack += cost;
        else if (mark > _takenOffSince)
            _remaining = Math.Min(_limit, _remaining + cost);
    }

    /// <summary>A server said what is left.</summary>
    /// <param name="reading">What it said: nothing below zero, and of a day at most.</param>
    /// <param name="cost">What the answered call takes; 0 when the calls don't know it any more.</param>
    /// <param name="takenByThen">The answered call's mark among the calls.</param>
    /// <param name="begunAt">When it began.</param>
    /// <param name="now">The moment.</param>
    public void Learn(in RateLimitReading reading, long cost, long takenByThen, long begunAt, long now)
    {
        var remaining = reading.Remaining;
        var resetAt = now + reading.Reset.Ticks;
        var wasUncounted = TakeOffNoMore(cost, takenByThen, begunAt);
        // Answers overtake each other; the one to the later call knows more, unless the calls had overtaken each other.
        if (takenByThen < _toldFor && now < _resetAt)
        {
            if (wasUncounted && resetAt >= _resetAt - TimeSpan.TicksPerSecond)
                _remaining = Math.Min(_remaining, remaining);
            return;
        }

        // What was said of a period that is over by now says nothing about the one that runs.
        if (reading.Reset <= TimeSpan.Zero && reading.Limit == _limit && now < _resetAt)
            return;
        _toldFor = takenByThen;
        _takenWhenTold = takenByThen;
        _takenOffSince = takenByThen;
        _givenBack = _calls.Unserved(takenByThen);
        _remaining = remaining;
        _uncountedSince = begunAt - Overtaking;
        _uncounted = _calls.Uncounted(
            takenByThen, _uncountedSince, remaining, resetAt, Math.Max(1, (resetAt - now) / 2));
        var limit = Math.Max(reading.Limit ?? Math.Max(_limit, _remaining), 1);
        _isLimitTold = reading.Limit is not null || (_isLimitTold && limit == _limit);
        _isUntouched = false;
        if (limit != _limit)
            (_limit, _longestReset, _quickestFill, _slowestFill) = (limit, 0, double.MaxValue, 0);
        var reset = resetAt - now;
        (_resetAt, _toldAt) = (resetAt, now);
        _longestReset = Math.Max(_longestReset, reset);
        if (doubt > 0)
            _ratio.Learn(limit, remaining, takenByThen, begunAt, resetAt, Fill);
        if (_remaining >= _limit || reset == 0)
            return;
        var fill = _limit / (double)(_limit - _remaining);
        _quickestFill = Math.Min(_quickestFill, reset * fill);
        // Many round up to whole seconds.
        _slowestFill = Math.Max(_slowestFill, (reset - TimeSpan.TicksPerSecond) * fill);
    }

    /// <summary>How many ticks until a call of this cost may begin; zero: now.</summary>
    public long Wait(long cost, long now)
    {
        if (_limit == 0 || cost == 0)
            return 0;
        Renew(now);
        var untilReset = _resetAt - now;
        var left = Left;
        if (cost > WithoutMargin(_limit))
            return MayTakeAll(cost) ? 0 : untilReset;
        // None takes more than all there is: who waited for that would wait for more than comes back.
        var counted = Math.Min(cost * Ratio, _limit);
        if (left - counted >= _limit * FreeShare)
            return 0;
        // Of one that takes a large part of all there is nobody can ask for twice as much.
        if (left < Math.Max(cost, Math.Min(counted * (1 + (2 * doubt)), _limit * FreeShare)))
            return untilReset;
        // Since the last one has begun, this one's share of the time must pass.
        var pace = untilReset * (counted / left);
        return (long)Math.Clamp(_calls.LastBegun + pace - now, 0, untilReset);
    }

    /// <summary>Whether a call may begin that costs about all there is, or more than anybody has seen.</summary>
    private bool MayTakeAll(long cost)
    {
        // More than there ever is: the server will have to say so itself.
        if (cost > _limit && _isLimitTold)
            return true;
        // The first of a period nobody has told of finds out what there is.
        return _isUntouched && (cost > _limit || _remaining >= cost);
    }

    /// <summary>How many ticks a line of calls takes at the pace of now; zero while there is none.</summary>
    /// <param name="calls">How many they are.</param>
    /// <param name="cost">What they cost together.</param>
    /// <param name="now">The moment.</param>
    public double Pace(int calls, double cost, long now)
    {
        if (_limit == 0 || cost <= 0)
            return 0;
        Renew(now);
        // None takes more than all there is.
        cost = Math.Min(cost * Ratio, (double)calls * _limit);
        var untilReset = _resetAt - now;
        var left = Left;
        if (left - cost >= _limit * FreeShare)
            return 0;
        // What one period doesn't serve is for the next ones.
        return left <= cost
            ? untilReset + (Math.Max(0, cost - Math.Max(left, 0) - (_limit * FreeShare)) / _limit * Period)
            : untilReset * (cost / left);
    }

    /// <summary>
    /// When the time has come at which all of it is there again, it is there, until the server says otherwise, and no
    /// more of it: a whole line that has waited for this moment would be far too many. What was taken since the server
    /// last spoke is taken off: where it fills up all the time, that is still missing.
    /// </summary>
    private void Renew(long now)
    {
        if (_limit == 0 || now < _resetAt)
            return;
        _remaining = Math.Max(0, _limit - (_calls.Taken - _takenWhenTold - _givenBack));
        _takenOffSince = _takenWhenTold;
        _takenWhenTold = _calls.Taken;
        _givenBack = 0;
        _uncounted = 0;
        _isUntouched = true;
        _resetAt = now + Math.Max(1, (long)Period);
    }
}

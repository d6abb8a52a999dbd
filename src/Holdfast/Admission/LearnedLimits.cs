namespace Holdfast.Admission;

/// <summary>
/// What a server said of its limits of one kind, of calls or of tokens. Where calls may draw on several accounts, and
/// nobody knows which of them are one, what was said of each is held apart, each call is taken off all of them, and the
/// strictest speaks: that is right in both cases. Not thread-safe.
/// </summary>
/// <param name="doubt">
/// So much more than was estimated calls may take, as a share: of those that the server hasn't counted yet together,
/// and twice as much of a single one.
/// </param>
internal sealed class LearnedLimits(double doubt = 0)
{
    // Where nothing is known of a limit, marks must not run out of numbers.
    private const long MostCost = 1L << 40;

    // What is known belongs to whoever is spoken of next.
    private static readonly object Nobody = new();

    private RecentCalls _calls = new();

    // The one that was spoken of last comes first. What was said of the others counts only until all of theirs is there
    // again: of what comes then they have to be told anew.
    private LearnedLimit[] _limits = [];

    /// <summary>
    /// All that was ever taken: what a call has to remember so that its answer can be put in its place.
    /// </summary>
    public long Taken => _calls.Taken;

    /// <summary>One that knows the same, and goes its own way.</summary>
    public LearnedLimits Copy()
    {
        var calls = _calls.Copy();
        return new LearnedLimits(doubt)
        {
            _calls = calls, _limits = Array.ConvertAll(_limits, limit => limit.Copy(calls)),
        };
    }

    /// <summary>Moves all moments by so many ticks, to another clock.</summary>
    public void Shift(long ticks)
    {
        _calls.Shift(ticks);
        foreach (var limit in _limits)
            limit.Shift(ticks);
    }

    /// <summary>A call begins.</summary>
    /// <param name="cost">What it takes.</param>
    /// <param name="now">The moment.</param>
    public void Take(long cost, long now)
    {
        var most = 0L;
        for (var i = 0; i < _limits.Length; i++)
        {
            var limit = _limits[i];
            most = Math.Max(most, limit.Limit);
            if (Speaks(i, now))
                limit.Take(cost, now);
        }

        // More than the limit is nowhere counted: whoever asks for it must not have the others wait for longer.
        _calls.Begin(Math.Min(cost, most == 0 ? MostCost : Math.Min(most, MostCost)), now, isTold: most != 0);
    }

    /// <summary>A call has ended: the server has counted it by now.</summary>
    /// <param name="mark">What <see cref="Taken"/> was after the call had begun.</param>
    /// <param name="begunAt">When that was.</param>
    public void Ended(long mark, long begunAt)
    {
        if (_limits.Length == 0)
            return;
        var cost = _calls.Ended(mark, begunAt, isUnserved: false);
        foreach (var limit in _limits)
            limit.TakeOffNoMore(cost, mark, begunAt);
    }

    /// <summary>
    /// A call has come to nothing: unless its answer said what is left, nothing was taken for it.
    /// </summary>
    /// <param name="mark">What <see cref="Taken"/> was after the call had begun.</param>
    /// <param name="begunAt">When that was.</param>
    public void EndedUnserved(long mark, long begunAt)
    {
        var cost = _calls.Ended(mark, begunAt, isUnserved: true);
        foreach (var limit in _limits)
            limit.GiveBack(cost, mark, begunAt);
    }

    /// <summary>A server said what is left.</summary>
    /// <param name="reading">What it said.</param>
    /// <param name="account">Whose limit it spoke of; null where there is one.</param>
    /// <param name="alike">Others that are taken for the same account; null: none.</param>
    /// <param name="takenByThen">What <see cref="Taken"/> was after the call that it answered had begun.</param>
    /// <param name="begunAt">When that was.</param>
    /// <param name="now">The moment.</param>
    public void Learn(in RateLimitReading reading, object? account, IReadOnlyCollection<object>? alike,
        long takenByThen, long begunAt, long now)
    {
        var said = reading with
        {
            Remaining = Math.Max(0, reading.Remaining),
            Reset = TimeSpan.FromTicks(Math.Clamp(reading.Reset.Ticks, 0, TimeSpan.TicksPerDay)),
        };
        var cost = _calls.Told(takenByThen, begunAt, said.Remaining, now + said.Reset.Ticks);
        First(account).Learn(said, cost, takenByThen, begunAt, now);
        if (alike is null || alike.Count == 0)
            return;
        foreach (var other in _limits.AsSpan(1))
        {
            if (other.Account is { } name && alike.Contains(name) && other.MayBe(said, now))
                other.Learn(said, cost, takenByThen, begunAt, now);
        }
    }

    /// <summary>What was said of an account says nothing any more, unless nothing else holds.</summary>
    public void Forget(object? account, long now)
    {
        if (Find(account) is not (>= 0 and var place))
            return;
        // What was over before the others came to be forgotten doesn't come first: all that was taken since would be
        // taken off it.
        if (place > 0)
            _limits = [.. _limits[..place], .. _limits[(place + 1)..]];
        else if (_limits.AsSpan(1) is var others && Any(others, now))
            _limits = [.. _limits.Skip(1).OrderBy(limit => limit.IsOver(now))];
        else
            _limits[0].BelongTo(Nobody);
    }

    /// <summary>Knows from now on, too, what others know of an account.</summary>
    /// <param name="others">
    /// The others, which count on the same clock. All that is under way there counts as taken.
    /// </param>
    /// <param name="account">Whose limit it is.</param>
    /// <param name="now">The moment.</param>
    /// <returns>False when they know nothing that holds.</returns>
    public bool Add(LearnedLimits others, object? account, long now)
    {
        if (others.Find(account) is not (>= 0 and var from) || !others.Speaks(from, now))
            return false;
        var added = others._limits[from].MovedTo(_calls, now);
        if (Find(account) is >= 0 and var place)
            _limits[place] = added;
        else
            _limits = [.. _limits, added];
        return true;
    }

    /// <summary>How many ticks until a call of this cost may begin; zero: now.</summary>
    public long Wait(long cost, long now)
    {
        var wait = 0L;
        for (var i = 0; i < _limits.Length; i++)
        {
            if (Speaks(i, now))
                wait = Math.Max(wait, _limits[i].Wait(cost, now));
        }

        return wait;
    }

    /// <summary>How many ticks a line of calls takes at the pace of now; zero while there is none.</summary>
    /// <param name="calls">How many they are.</param>
    /// <param name="cost">What they cost together.</param>
    /// <param name="now">The moment.</param>
    public double Pace(int calls, double cost, long now)
    {
        var pace = 0d;
        for (var i = 0; i < _limits.Length; i++)
        {
            if (Speaks(i, now))
                pace = Math.Max(pace, _limits[i].Pace(calls, cost, now));
        }

        return pace;
    }

    private static bool Any(ReadOnlySpan<LearnedLimit> limits, long now)
    {
        foreach (var limit in limits)
        {
            if (!limit.IsOver(now))
                return true;
        }

        return false;
    }

    private bool Speaks(int place, long now) => place == 0 || !_limits[place].IsOver(now);

    /// <summary>What is known of an account, which comes first from now on.</summary>
    private LearnedLimit First(object? account)
    {
        var place = Find(account);
        // Nobody's is never another than the first.
        if (_limits.Length > 0 && ReferenceEquals(_limits[0].Account, Nobody))
        {
            _limits = place < 0 ? _limits : _limits[1..];
            place = Math.Max(0, place - 1);
        }

        if (place < 0)
        {
            _limits = [new LearnedLimit(_calls, doubt, account), .. _limits];
            return _limits[0];
        }

        var first = _limits[place];
        Array.Copy(_limits, 0, _limits, 1, place);
        _limits[0] = first;
        if (!Equals(first.Account, account))
            first.BelongTo(account);
        return first;
    }

    private int Find(object? account)
    {
        for (var i = 0; i < _limits.Length; i++)
        {
            if (Equals(_limits[i].Account, account))
                return i;
        }

        return -1;
    }
}

namespace Holdfast.Gateway.Admission;

/// <summary>
/// The last calls of one key with what their answers said is left, in the order in which they began, and what can be
/// read from them. Not thread-safe.
/// </summary>
internal sealed class ReadingHistory
{
    // A power of two. Where more calls are under way at once than this, their answers are compared with none.
    private const int Most = 1024;

    // Further apart other things may have happened in between.
    private const int Near = 32;

    // So far back another model's calls are looked for: one that makes fewer is none to keep a place for.
    private const int MostBetween = 512;

    // So many calls of others must lie between two readings, or one that overtook another would say too much.
    private const int LeastOthers = 4;

    // What tokens a call takes is an estimate only.
    private const int LeastOthersOfTokens = 12;

    // So many times more than estimated tokens may be, over several calls.
    private const double MostPerEstimate = 2;

    // So much more than estimated all of a model's own may be.
    private const double DoubtOfTokens = 0.25;

    // So much later than another a call may begin and reach the provider before it.
    private const long Overtaking = TimeSpan.TicksPerSecond / 2;

    // Those that count themselves, or refill meanwhile, may be off by a few.
    private const double Tolerance = 0.05;
    private const long LeastTolerance = 2;

    // Resets are rounded to whole seconds, and heads are on their way.
    private const long Rounding = 2 * TimeSpan.TicksPerSecond;

    private KeyReading[] _latest = [];
    private long _begun;
    private long _tokens;

    /// <summary>A call begins.</summary>
    public CallMark Begin(ModelPace model, long tokens, long now)
    {
        var mark = new CallMark(++_begun, _tokens += tokens, now);
        if (_latest.Length > 0)
        {
            At(mark.Number) = new KeyReading { Model = model, Mark = mark };
        }

        return mark;
    }

    /// <summary>What was said to a model so far says nothing any more.</summary>
    public void Forget(ModelPace model)
    {
        foreach (ref var reading in _latest.AsSpan())
        {
            reading = ReferenceEquals(reading.Model, model) ? reading.Unheard() : reading;
        }
    }

    /// <summary>An answer said what is left.</summary>
    public void Note(in KeyReading reading)
    {
        // Nobody pays for it whose providers say nothing.
        _latest = _latest.Length == 0 ? new KeyReading[Most] : _latest;
        ref var slot = ref At(reading.Mark.Number);
        if (slot.Mark.Number <= reading.Mark.Number)
        {
            slot = reading;
        }
    }

    /// <summary>
    /// The reading of another model's call that began next to this one; the default: there is none near.
    /// </summary>
    /// <param name="to">This one.</param>
    /// <param name="with">The other model; null: any.</param>
    public KeyReading Nearest(in KeyReading to, ModelPace? with)
    {
        for (var apart = 1; apart <= Near; apart++)
        {
            ref readonly var before = ref At(to.Mark.Number - apart);
            if (IsWanted(before, to.Mark.Number - apart, to.Model!))
            {
                return before;
            }

            ref readonly var after = ref At(to.Mark.Number + apart);
            if (IsWanted(after, to.Mark.Number + apart, to.Model!))
            {
                return after;
            }
        }

        return default;

        bool IsWanted(in KeyReading found, long number, ModelPace own) =>
            found.Mark.Number == number && found.IsHeard
                && (with is null ? !ReferenceEquals(found.Model, own) : ReferenceEquals(found.Model, with));
    }

    /// <summary>Whether what two models heard may have been said of one limit.</summary>
    public LimitVerdict Compare(in KeyReading one, in KeyReading other) =>
        other.Model is null ? LimitVerdict.Nothing
        : one.Mark.Number > other.Mark.Number ? CompareInOrder(other, one)
        : CompareInOrder(one, other);

    private LimitVerdict CompareInOrder(in KeyReading earlier, in KeyReading later)
    {
        if (earlier.IsOfTokens != later.IsOfTokens)
        {
            // Where one was told of both, now and then, tokens are not compared with calls.
            return earlier.Model!.Told.IsComparable(later.Model!.Told) ? LimitVerdict.Nothing : LimitVerdict.Differs;
        }

        if (earlier.Limit != later.Limit)
        {
            return LimitVerdict.Differs;
        }

        var between = later.Mark.At - earlier.Mark.At;
        // What was left before it was there again says nothing about what is left now.
        if (between >= earlier.Reset - Rounding)
        {
            return LimitVerdict.Nothing;
        }

        // What was missing comes back over the time that was said; what others take comes off as fast at most.
        var missing = earlier.Limit - earlier.Remaining;
        var refilled = missing * (between / (double)Math.Max(1, earlier.Reset));
        var differs = Math.Abs(earlier.Remaining - later.Remaining);
        var crowd = Crowd(earlier, later);
        if (double.IsInfinity(crowd))
        {
            return LimitVerdict.Nothing;
        }

        var slack = ((later.Cost - earlier.Cost + crowd) * (earlier.IsOfTokens ? MostPerEstimate : 1))
            + Math.Max(LeastTolerance, earlier.Limit * Tolerance) + refilled;
        var perCall = earlier.Reset / Math.Max(1d, missing);
        return differs <= slack
            && earlier.Mark.At + earlier.Reset <= later.HeardAt + later.Reset + Rounding + (differs * perCall)
            && later.Mark.At + later.Reset <= earlier.HeardAt + earlier.Reset + Rounding + (slack * perCall)
                ? LimitVerdict.Fits : LimitVerdict.Differs;
    }

    /// <summary>Whether what is left to a model goes down by another one's calls, too.</summary>
    /// <param name="reading">What the one has heard now.</param>
    /// <param name="with">The other.</param>
    /// <param name="pairs">
    /// What is known of the one with all others. Those of whom nothing is known may take part of it or not.
    /// </param>
    public LimitVerdict WhoTakes(in KeyReading reading, ModelPace with, ReadOnlySpan<LimitPair> pairs)
    {
        if (IsCrowded(reading, -1))
        {
            return LimitVerdict.Nothing;
        }

        var (sums, late, count) = (default(LimitCosts), default(LimitCosts), 0);
        ref readonly var call = ref reading;
        var tokens = reading.IsOfTokens;
        var least = tokens ? LeastOthersOfTokens : LeastOthers;
        for (var back = 1; back <= MostBetween; back++)
        {
            ref readonly var before = ref At(reading.Mark.Number - back);
            if (before.Mark.Number != reading.Mark.Number - back)
            {
                return LimitVerdict.Nothing;
            }

            var cost = call.CostIn(tokens) - before.CostIn(tokens);
            sums.Add(call.Model!, cost, reading.Model!, with, pairs);
            count += ReferenceEquals(call.Model, with) ? 1 : 0;
            var isFar = reading.Mark.At - before.Mark.At >= Overtaking;
            if (!isFar)
            {
                late.Add(call.Model!, cost, reading.Model!, with, pairs);
            }
            // Those around a call are looked through only where that can still decide: with many calls a second they
            // are hundreds.
            else if (count >= least && before.IsHeard && ReferenceEquals(before.Model, reading.Model)
                && sums.Theirs > 2 * late.OfTheTwo
                && WhoTook(before, reading, sums) is not LimitVerdict.Nothing and var verdict)
            {
                var around = AddSoonAfter(before, late, reading, with, pairs);
                // Of those that may not count none can be taken for one that does where it would have to speak for it.
                if (sums.Theirs > 2 * (verdict == LimitVerdict.Differs ? around.OfTheTwo : around.OfAll))
                {
                    return verdict;
                }
            }

            call = ref before;
        }

        return LimitVerdict.Nothing;
    }

    /// <summary>
    /// What those cost, too, that began so soon after a call that they may have reached the provider before it.
    /// </summary>
    private LimitCosts AddSoonAfter(in KeyReading call, LimitCosts sums, in KeyReading reading, ModelPace with,
        ReadOnlySpan<LimitPair> pairs)
    {
        var tokens = reading.IsOfTokens;
        ref readonly var before = ref call;
        for (var number = call.Mark.Number + 1; ; number++)
        {
            ref readonly var next = ref At(number);
            if (next.Mark.Number != number || next.Mark.At - call.Mark.At >= Overtaking)
            {
                return sums;
            }

            sums.Add(next.Model!, next.CostIn(tokens) - before.CostIn(tokens), reading.Model!, with, pairs);
            before = ref next;
        }
    }

    private static LimitVerdict WhoTook(in KeyReading before, in KeyReading reading, in LimitCosts sums)
    {
        var between = reading.Mark.At - before.Mark.At;
        if (before.Limit != reading.Limit || before.IsOfTokens != reading.IsOfTokens
            || between >= before.Reset - Rounding || reading.Remaining <= 0)
        {
            // Where nothing is left, nothing goes, whoever takes it.
            return LimitVerdict.Nothing;
        }

        var gone = (double)(before.Remaining - reading.Remaining);
        var (least, most) = reading.Model!.Told.Refill.Between(before.Limit, before.Remaining, before.Reset, between);
        var middle = sums.Ours + (sums.Theirs / 2);
        // More than there was is a new count. Tokens that go down by less than was estimated may be all of them still.
        var doubt = reading.IsOfTokens ? sums.Ours * DoubtOfTokens : 0;
        return gone + least >= middle + doubt + sums.Unknown ? LimitVerdict.Fits
            : !reading.IsOfTokens && gone + most < middle && (gone >= 0 || least > 0) ? LimitVerdict.Differs
            : LimitVerdict.Nothing;
    }

    /// <summary>
    /// What those cost that began so soon before the one call, or after the other, that nobody knows in which order
    /// they reached the provider.
    /// </summary>
    private double Crowd(in KeyReading earlier, in KeyReading later) =>
        earlier.Cost - CostAround(earlier, -1, later.IsOfTokens) + CostAround(later, 1, later.IsOfTokens) - later.Cost;

    /// <summary>More calls began about when one began than are looked through.</summary>
    private bool IsCrowded(in KeyReading call, int direction)
    {
        var number = call.Mark.Number + (direction * MostBetween);
        ref readonly var far = ref At(number);
        return far.Mark.Number == number && Math.Abs(far.Mark.At - call.Mark.At) < Overtaking;
    }

    /// <summary>
    /// What all up to the last one cost that began about when a call began, in one direction; infinite where they are
    /// too many to say.
    /// </summary>
    private double CostAround(in KeyReading call, int direction, bool tokens)
    {
        if (IsCrowded(call, direction))
        {
            return direction * double.PositiveInfinity;
        }

        ref readonly var last = ref call;
        for (var apart = 1; apart <= MostBetween; apart++)
        {
            var number = call.Mark.Number + (direction * apart);
            ref readonly var next = ref At(number);
            if (next.Mark.Number != number || Math.Abs(next.Mark.At - call.Mark.At) >= Overtaking)
            {
                return last.CostIn(tokens);
            }

            last = ref next;
        }

        return direction * double.PositiveInfinity;
    }

    private ref KeyReading At(long number) => ref _latest[number & (Most - 1)];
}

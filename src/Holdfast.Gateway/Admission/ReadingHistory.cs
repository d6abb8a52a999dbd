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

        reading.Model!.Refill = reading.Model.Refill.With(reading.Limit, reading.Remaining, reading.Reset);
    }

    /// <summary>
    /// The readings of the calls that began next to this one: of another model with the same pace, and of one with
    /// another.
    /// </summary>
    /// <param name="to">This one.</param>
    /// <param name="models">So many models are used with the key.</param>
    public (KeyReading Mate, KeyReading Other) Nearest(in KeyReading to, int models)
    {
        var pace = to.Model!.Pace;
        KeyReading mate = default, other = default;
        var mayHaveMate = pace.IsShared;
        var mayHaveOther = pace.Models < models;
        for (var apart = 1; apart <= Near
            && ((mayHaveMate && mate.Model is null) || (mayHaveOther && other.Model is null)); apart++)
        {
            Take(ref At(to.Mark.Number - apart), to.Mark.Number - apart, to.Model!);
            Take(ref At(to.Mark.Number + apart), to.Mark.Number + apart, to.Model!);
        }

        return (mate, other);

        void Take(ref KeyReading found, long number, ModelPace own)
        {
            if (found.Mark.Number != number || !found.IsHeard || found.Model is not { } model
                || ReferenceEquals(model, own))
            {
                return;
            }

            ref var wanted = ref ReferenceEquals(model.Pace, pace) ? ref mate : ref other;
            wanted = wanted.Model is null ? found : wanted;
        }
    }

    /// <summary>Whether what two models heard may have been said of one limit.</summary>
    public LimitVerdict Compare(in KeyReading one, in KeyReading other) =>
        other.Model is null ? LimitVerdict.Nothing
        : one.Mark.Number > other.Mark.Number ? CompareInOrder(other, one)
        : CompareInOrder(one, other);

    private LimitVerdict CompareInOrder(in KeyReading earlier, in KeyReading later)
    {
        if (earlier.Limit != later.Limit || earlier.IsOfTokens != later.IsOfTokens)
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

        var slack = later.Cost - earlier.Cost + Math.Max(LeastTolerance, earlier.Limit * Tolerance) + refilled
            + crowd;
        var perCall = earlier.Reset / Math.Max(1d, missing);
        return differs <= slack
            && earlier.Mark.At + earlier.Reset <= later.HeardAt + later.Reset + Rounding + (differs * perCall)
            && later.Mark.At + later.Reset <= earlier.HeardAt + earlier.Reset + Rounding + (slack * perCall)
                ? LimitVerdict.Fits : LimitVerdict.Differs;
    }

    /// <summary>
    /// Whether what is left to a model goes down by the calls of those with that pace, too. With its own pace it is
    /// compared alone with all that go by it; with another, all that go by its own with those that go by either.
    /// </summary>
    public LimitVerdict WhoTakes(in KeyReading reading, KeyPace pace)
    {
        if (IsCrowded(reading, -1))
        {
            return LimitVerdict.Nothing;
        }

        var own = reading.Model!.Pace;
        var (ours, others, count, late) = (0d, 0d, 0, 0d);
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
            if (ReferenceEquals(call.Model, reading.Model)
                || (ReferenceEquals(call.Model!.Pace, own) && !ReferenceEquals(own, pace)))
            {
                ours += cost;
            }
            else if (ReferenceEquals(call.Model.Pace, pace))
            {
                (others, count) = (others + cost, count + 1);
            }

            var isFar = reading.Mark.At - before.Mark.At >= Overtaking;
            // Of those that belong to neither, none can be taken for one of these.
            late += isFar || !IsOf(call, own, pace) ? 0 : cost;
            if (isFar && count >= least && before.IsHeard && ReferenceEquals(before.Model, reading.Model)
                && others > 2 * (late + CostSoonAfter(before, own, pace, tokens)))
            {
                return WhoTook(before, reading, ours, others);
            }

            call = ref before;
        }

        return LimitVerdict.Nothing;
    }

    private static bool IsOf(in KeyReading call, KeyPace own, KeyPace pace) =>
        ReferenceEquals(call.Model!.Pace, own) || ReferenceEquals(call.Model.Pace, pace);

    /// <summary>
    /// What those with one of two paces cost that began so soon after a call that they may have reached the provider
    /// before it.
    /// </summary>
    private double CostSoonAfter(in KeyReading call, KeyPace own, KeyPace pace, bool tokens)
    {
        var sum = 0d;
        ref readonly var before = ref call;
        for (var number = call.Mark.Number + 1; ; number++)
        {
            ref readonly var next = ref At(number);
            if (next.Mark.Number != number || next.Mark.At - call.Mark.At >= Overtaking)
            {
                return sum;
            }

            sum += IsOf(next, own, pace) ? next.CostIn(tokens) - before.CostIn(tokens) : 0;
            before = ref next;
        }
    }

    private static LimitVerdict WhoTook(in KeyReading before, in KeyReading reading, double ours, double others)
    {
        var between = reading.Mark.At - before.Mark.At;
        if (before.Limit != reading.Limit || before.IsOfTokens != reading.IsOfTokens
            || between >= before.Reset - Rounding || reading.Remaining <= 0)
        {
            // Where nothing is left, nothing goes, whoever takes it.
            return LimitVerdict.Nothing;
        }

        var gone = (double)(before.Remaining - reading.Remaining);
        var (least, most) = reading.Model!.Refill.Between(before.Limit, before.Remaining, before.Reset, between);
        var middle = ours + (others / 2);
        // More than there was is a new count.
        return gone + least >= middle ? LimitVerdict.Fits
            : gone + most < middle && (gone >= 0 || least > 0) ? LimitVerdict.Differs
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

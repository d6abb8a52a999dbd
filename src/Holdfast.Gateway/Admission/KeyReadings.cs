using System.Runtime.CompilerServices;
using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Admission;

/// <summary>
/// What the answers to one key's calls said last, whatever the model. Some providers count a key's calls over all its
/// models, others for each model, and none says which. Two models go by one pace when they announce the same numbers
/// and what is left to the one goes down by the calls of both; they part when it goes down by its own calls alone.
/// Thread-safe.
/// </summary>
internal sealed class KeyReadings(TimeProvider time)
{
    /// <summary>
    /// So many readings in a row have to say that two models draw on one limit before they share a pace.
    /// </summary>
    internal const int JoinAfter = 3;

    /// <summary>
    /// So many readings in a row must say otherwise before they part: the first of a new count don't fit the last of
    /// the old.
    /// </summary>
    internal const int PartAfter = 3;

    // A power of two. Where more calls are under way at once than this, their answers are compared with none.
    private const int Most = 1024;

    // Further apart other things may have happened in between.
    private const int Near = 32;

    // So far back another model's calls are looked for: one that makes fewer is none to keep a place for.
    private const int MostBetween = 128;

    // So many calls of others must lie between two readings, or one that overtook another would say too much.
    private const int LeastOthers = 4;

    // What tokens a call takes is an estimate only.
    private const int LeastOthersOfTokens = 12;
    private const int ManyOthers = 32;

    // Those that count themselves, or refill meanwhile, may be off by a few.
    private const double Tolerance = 0.05;
    private const long LeastTolerance = 2;

    // Resets are rounded to whole seconds, and heads are on their way.
    private const long Rounding = 2 * TimeSpan.TicksPerSecond;

    private readonly Lock _gate = new();
    private readonly long _origin = time.GetTimestamp();
    private Reading[] _latest = [];
    private long _begun;
    private long _tokens;
    private int _models;

    /// <summary>One more model is used with the key. While there is only one, nothing is noted.</summary>
    public void Add() => Interlocked.Increment(ref _models);

    /// <summary>A call begins.</summary>
    public CallMark Begin(ModelPace model, long tokens)
    {
        if (Volatile.Read(ref _models) < 2)
        {
            return default;
        }

        lock (_gate)
        {
            var mark = new CallMark(++_begun, _tokens += tokens, Now());
            if (_latest.Length > 0)
            {
                At(mark.Number) = new Reading { Model = model, Mark = mark };
            }

            return mark;
        }
    }

    /// <summary>
    /// Whether the pace that a model goes by may learn from an answer. Models come together here, and part.
    /// </summary>
    public bool Fits(ModelPace model, in TargetEntry entry, RateLimits limits)
    {
        lock (_gate)
        {
            if (Reading.Of(model, entry.Mark, limits, Now()) is not { } reading)
            {
                return ReferenceEquals(entry.PacedBy, model.Pace);
            }

            Note(reading);
            if (!ReferenceEquals(entry.PacedBy, model.Pace))
            {
                return false;
            }

            var (mate, other) = Nearest(reading, model.Pace);
            if (StaysUnderLock(reading, mate))
            {
                return !JoinsUnderLock(reading, other);
            }

            model.Part(entry, limits);
            return false;
        }
    }

    /// <summary>What was said to a model so far says nothing any more.</summary>
    public void Forget(ModelPace model)
    {
        lock (_gate)
        {
            foreach (ref var reading in _latest.AsSpan())
            {
                reading = ReferenceEquals(reading.Model, model) ? reading.Unheard() : reading;
            }

            (model.Agreements, model.Disagreements, model.Refill) = (0, 0, default);
            model.Renew();
        }
    }

    private long Now() => time.GetElapsedTime(_origin).Ticks;

    private ref Reading At(long number) => ref _latest[number & (Most - 1)];

    private void Note(in Reading reading)
    {
        // Nobody pays for it whose providers say nothing.
        _latest = _latest.Length == 0 ? new Reading[Most] : _latest;
        ref var slot = ref At(reading.Mark.Number);
        if (slot.Mark.Number <= reading.Mark.Number)
        {
            slot = reading;
        }

        reading.Model!.Refill = reading.Model.Refill.With(reading.Limit, reading.Remaining, reading.Reset);
    }

    private bool StaysUnderLock(in Reading reading, in Reading mate)
    {
        var model = reading.Model!;
        if (mate.Model is null)
        {
            return true;
        }

        // How fast it goes down says more than where it stands.
        var verdict = WhoTakes(reading, model.Pace);
        verdict = verdict == Verdict.Nothing ? Compare(reading, mate) : verdict;
        model.Disagreements = verdict switch
        {
            Verdict.Differs => model.Disagreements + 1,
            Verdict.Fits => 0,
            _ => model.Disagreements,
        };
        if (model.Disagreements < PartAfter)
        {
            return true;
        }

        (model.Agreements, model.Disagreements) = (0, 0);
        return false;
    }

    /// <returns>It has joined: it learns from what its next calls hear.</returns>
    private bool JoinsUnderLock(in Reading reading, in Reading other)
    {
        if (other.Model is null)
        {
            return false;
        }

        var model = reading.Model!;
        var takes = WhoTakes(reading, other.Model.Pace);
        model.Agreements = takes == Verdict.Differs || Compare(reading, other) == Verdict.Differs ? 0
            : takes == Verdict.Fits ? model.Agreements + 1
            : model.Agreements;
        if (model.Agreements < JoinAfter)
        {
            return false;
        }

        var comesLater = other.Model.Pace.ComesBefore(model.Pace);
        var (joins, to) = comesLater ? (model, other.Model) : (other.Model, model);
        (model.Agreements, joins.Agreements, joins.Disagreements) = (0, 0, 0);
        joins.Join(to.Pace);
        return comesLater;
    }

    /// <summary>
    /// The readings of the calls that began next to this one: of another model with the same pace, and of one with
    /// another.
    /// </summary>
    private (Reading Mate, Reading Other) Nearest(in Reading to, KeyPace pace)
    {
        Reading mate = default, other = default;
        var mayHaveMate = pace.IsShared;
        var mayHaveOther = pace.Models < _models;
        for (var apart = 1; apart <= Near
            && ((mayHaveMate && mate.Model is null) || (mayHaveOther && other.Model is null)); apart++)
        {
            Take(ref At(to.Mark.Number - apart), to.Mark.Number - apart, to.Model!);
            Take(ref At(to.Mark.Number + apart), to.Mark.Number + apart, to.Model!);
        }

        return (mate, other);

        void Take(ref Reading found, long number, ModelPace own)
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

    private Verdict Compare(in Reading one, in Reading other) =>
        other.Model is null ? Verdict.Nothing
        : one.Mark.Number > other.Mark.Number ? CompareInOrder(other, one)
        : CompareInOrder(one, other);

    private Verdict CompareInOrder(in Reading earlier, in Reading later)
    {
        if (earlier.Limit != later.Limit || earlier.IsOfTokens != later.IsOfTokens)
        {
            return Verdict.Differs;
        }

        var between = later.Mark.At - earlier.Mark.At;
        // What was left before it was there again says nothing about what is left now.
        if (between >= earlier.Reset - Rounding)
        {
            return Verdict.Nothing;
        }

        // What was missing comes back over the time that was said; what others take comes off as fast at most.
        var missing = earlier.Limit - earlier.Remaining;
        var refilled = missing * (between / (double)Math.Max(1, earlier.Reset));
        var differs = Math.Abs(earlier.Remaining - later.Remaining);
        var slack = later.Cost - earlier.Cost + Math.Max(LeastTolerance, earlier.Limit * Tolerance) + refilled
            + Crowd(later);
        var perCall = earlier.Reset / Math.Max(1d, missing);
        return differs <= slack
            && earlier.Mark.At + earlier.Reset <= later.HeardAt + later.Reset + Rounding + (differs * perCall)
            && later.Mark.At + later.Reset <= earlier.HeardAt + earlier.Reset + Rounding + (slack * perCall)
                ? Verdict.Fits : Verdict.Differs;
    }

    /// <summary>
    /// Whether what is left to a model goes down by the calls of those with that pace, too. With its own pace it is
    /// compared alone with all that go by it; with another, all that go by its own with those that go by either.
    /// </summary>
    private Verdict WhoTakes(in Reading reading, KeyPace pace)
    {
        var own = reading.Model!.Pace;
        var (ours, others, count) = (0d, 0d, 0);
        ref readonly var call = ref reading;
        var least = reading.IsOfTokens ? LeastOthersOfTokens : LeastOthers;
        for (var back = 1; back <= MostBetween; back++)
        {
            ref readonly var before = ref At(reading.Mark.Number - back);
            if (before.Mark.Number != reading.Mark.Number - back)
            {
                return Verdict.Nothing;
            }

            var cost = call.CostIn(reading.IsOfTokens) - before.CostIn(reading.IsOfTokens);
            if (ReferenceEquals(call.Model, reading.Model)
                || (ReferenceEquals(call.Model!.Pace, own) && !ReferenceEquals(own, pace)))
            {
                ours += cost;
            }
            else if (ReferenceEquals(call.Model.Pace, pace))
            {
                (others, count) = (others + cost, count + 1);
            }

            // Calls of one second may reach the provider in any order.
            var isFar = reading.Mark.At - before.Mark.At >= TimeSpan.TicksPerSecond || count >= ManyOthers;
            if (isFar && count >= least && before.IsHeard && ReferenceEquals(before.Model, reading.Model))
            {
                return WhoTook(before, reading, ours, others);
            }

            call = ref before;
        }

        return Verdict.Nothing;
    }

    private static Verdict WhoTook(in Reading before, in Reading reading, double ours, double others)
    {
        var between = reading.Mark.At - before.Mark.At;
        if (before.Limit != reading.Limit || before.IsOfTokens != reading.IsOfTokens
            || between >= before.Reset - Rounding || reading.Remaining <= 0)
        {
            // Where nothing is left, nothing goes, whoever takes it.
            return Verdict.Nothing;
        }

        var gone = (double)(before.Remaining - reading.Remaining);
        var (least, most) = reading.Model!.Refill.Between(before.Limit, before.Remaining, before.Reset, between);
        var middle = ours + (others / 2);
        // More than there was is a new count.
        return gone + least >= middle ? Verdict.Fits
            : gone + most < middle && (gone >= 0 || least > 0) ? Verdict.Differs
            : Verdict.Nothing;
    }

    /// <summary>
    /// What those cost, about, that began within a second: they may have reached the provider in any order.
    /// </summary>
    private double Crowd(in Reading reading)
    {
        for (var before = Near; before >= 4; before /= 2)
        {
            ref readonly var slot = ref At(reading.Mark.Number - before);
            if (slot.Mark.Number == reading.Mark.Number - before
                && reading.Mark.At - slot.Mark.At < TimeSpan.TicksPerSecond)
            {
                return 2 * (reading.Cost - slot.CostIn(reading.IsOfTokens));
            }
        }

        return 0;
    }

    private enum Verdict
    {
        Nothing,
        Fits,
        Differs,
    }

    /// <param name="Model">Who makes the call.</param>
    /// <param name="Mark">When it began. Its reset lies between this and the head, plus what was said.</param>
    /// <param name="HeardAt">When the head came.</param>
    /// <param name="IsOfTokens">Nothing was said of calls.</param>
    /// <param name="Limit">All there is; 0 as long as nothing was heard.</param>
    /// <param name="Remaining">What is left.</param>
    /// <param name="Reset">How many ticks until all is there again.</param>
    private readonly record struct Reading(ModelPace? Model, CallMark Mark, long HeardAt, bool IsOfTokens,
        long Limit, long Remaining, long Reset)
    {
        public bool IsHeard => Limit > 0;

        public double Cost => CostIn(IsOfTokens);

        public double CostIn(bool tokens) => tokens ? Mark.Tokens : Mark.Number;

        public Reading Unheard() => new() { Model = Model, Mark = Mark };

        public static Reading? Of(ModelPace model, in CallMark mark, RateLimits limits, long now) =>
            (limits.Requests ?? limits.Tokens) is { Limit: > 0 and var limit } said
                ? new Reading(model, mark, now, limits.Requests is null, limit, said.Remaining, said.Reset.Ticks)
                : null;
    }
}

/// <summary>Where a call of a key stands among all that began with it; the default: not noted.</summary>
/// <param name="Number">The how many-th it is.</param>
/// <param name="Tokens">What all up to it cost, by the estimates.</param>
/// <param name="At">When it began.</param>
internal readonly record struct CallMark(long Number, long Tokens, long At);

/// <summary>The readings of all keys: for all targets, because they share the keys.</summary>
internal sealed class SharedLimits(TimeProvider time)
{
    private readonly ConditionalWeakTable<ApiKey, KeyReadings> _keys = [];

    private long _paces;

    /// <summary>The how many-th pace that was made.</summary>
    public long NextPace() => Interlocked.Increment(ref _paces);

    /// <summary>What is known of a key.</summary>
    public KeyReadings Of(ApiKey key) => _keys.GetValue(key, _ => new KeyReadings(time));
}

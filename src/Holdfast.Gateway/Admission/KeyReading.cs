using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Admission;

/// <summary>What one answer said is left to its key.</summary>
/// <param name="Model">Who makes the call.</param>
/// <param name="Mark">When it began. Its reset lies between this and the head, plus what was said.</param>
/// <param name="HeardAt">When the head came.</param>
/// <param name="IsOfTokens">Nothing was said of calls.</param>
/// <param name="Limit">All there is; 0 as long as nothing was heard.</param>
/// <param name="Remaining">What is left.</param>
/// <param name="Reset">How many ticks until all is there again.</param>
internal readonly record struct KeyReading(ModelPace? Model, CallMark Mark, long HeardAt, bool IsOfTokens,
    long Limit, long Remaining, long Reset)
{
    public bool IsHeard => Limit > 0;

    public double Cost => CostIn(IsOfTokens);

    public double CostIn(bool tokens) => tokens ? Mark.Tokens : Mark.Number;

    public KeyReading Unheard() => new() { Model = Model, Mark = Mark };

    public static KeyReading? Of(ModelPace model, in CallMark mark, RateLimits limits, long now) =>
        (limits.Requests ?? limits.Tokens) is { Limit: > 0 and var limit } said
            ? new KeyReading(model, mark, now, limits.Requests is null, limit, said.Remaining, said.Reset.Ticks)
            : null;
}

/// <summary>Where a call of a key stands among all that began with it; the default: not noted.</summary>
/// <param name="Number">The how many-th it is.</param>
/// <param name="Tokens">What all up to it cost, by the estimates.</param>
/// <param name="At">When it began.</param>
internal readonly record struct CallMark(long Number, long Tokens, long At);

/// <summary>What calls cost that lie between two readings of one model, seen from it and from another one.</summary>
internal struct LimitCosts
{
    /// <summary>Its own, and those of the models that draw on its limit for sure.</summary>
    public double Ours { get; private set; }

    /// <summary>The other one's.</summary>
    public double Theirs { get; private set; }

    /// <summary>Those of models that may draw on its limit, or not.</summary>
    public double Unknown { get; private set; }

    public readonly double OfTheTwo => Ours + Theirs;

    public readonly double OfAll => OfTheTwo + Unknown;

    public void Add(ModelPace model, double cost, ModelPace own, ModelPace other, ReadOnlySpan<LimitPair> pairs)
    {
        if (ReferenceEquals(model, other))
        {
            Theirs += cost;
        }
        else if (ReferenceEquals(model, own))
        {
            Ours += cost;
        }
        else
        {
            var relation = model.IsListed ? pairs[model.Number].Relation : LimitRelation.Unknown;
            Ours += relation == LimitRelation.Shared ? cost : 0;
            Unknown += relation == LimitRelation.Unknown ? cost : 0;
        }
    }
}

/// <summary>Whether readings look as if they were of one limit.</summary>
internal enum LimitVerdict
{
    Nothing,
    Fits,
    Differs,
}

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

/// <summary>Whether readings look as if they were of one limit.</summary>
internal enum LimitVerdict
{
    Nothing,
    Fits,
    Differs,
}

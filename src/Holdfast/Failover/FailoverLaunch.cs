namespace Holdfast.Failover;

/// <summary>When the next attempt of a call starts: half of failover, beside the order of the targets.</summary>
/// <param name="AtOnce">
/// Attempts that run side by side, 1 or more: 1 tries the next target only when one has failed; more of them race, and
/// the first success wins. A repeat never races.
/// </param>
/// <param name="MayHedge">
/// Whether a second target may be tried beside a slow first one; <see cref="IFailoverCall{TAnswer}.HedgeAfter"/> says
/// when. A race is not hedged: it has more than one on its way as it is.
/// </param>
public readonly record struct FailoverLaunch(int AtOnce = 1, bool MayHedge = false)
{
    /// <summary>One after the other.</summary>
    public static FailoverLaunch OnFailure => new(1);

    /// <summary>One after the other, with a second one beside a first that is slow.</summary>
    public static FailoverLaunch Hedged => new(1, MayHedge: true);

    /// <summary>A race of up to <paramref name="atOnce"/>.</summary>
    /// <param name="atOnce">1 or more.</param>
    public static FailoverLaunch Race(int atOnce) => new(atOnce);
}

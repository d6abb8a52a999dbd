using Holdfast.Retrying;

namespace Holdfast.Failover;

/// <summary>What an <see cref="AttemptPlan"/> knows of one target.</summary>
internal struct PlannedTarget
{
    public bool IsOnItsWay;
    public bool DelayBegins;
    public bool HasFailed;
    public int Attempts;
    public int Refusals;
    public RepeatRule Repeat;
    public RepeatRule RepeatBefore;
    public bool IsBarred;
    public RetryOptions? Options;
    public TimeSpan ServerDelay;
    public TimeSpan RemainingAtReport;
    public int SkipNumber;
    public Outcome SkipWord;
    public TimeSpan SkipRetryAfter;
    public Availability Now;
    public PlannedWait Waits;
    public TimeSpan Wait;

    /// <summary>Finds out whether it can be tried after a wait, and after which.</summary>
    public void Measure(
        RetryOptions retry, Backoff backoff, TimeSpan remaining, bool mayRepeat, int mostRefusals)
    {
        Waits = PlannedWait.Useless;
        if (IsBarred || Refusals >= mostRefusals)
            return;
        if (Attempts != 0)
            MeasureRepeat(retry, backoff, remaining, mayRepeat);
        else if (Now.IsResting && Now.RetryAfter <= retry.MaxDelay)
            (Waits, Wait) = (PlannedWait.Rest, Spread(retry, backoff, Now.RetryAfter, remaining));
        if (Wait >= remaining)
            Waits = PlannedWait.Useless;
    }

    private void MeasureRepeat(RetryOptions retry, Backoff backoff, TimeSpan remaining, bool mayRepeat)
    {
        if (!mayRepeat || Repeat == RepeatRule.Never || !(Now.IsAvailable || Now.IsResting))
            return;
        var elapsed = RemainingAtReport - remaining;
        var asked = elapsed > TimeSpan.Zero ? ServerDelay - elapsed : ServerDelay;
        if (Now.RetryAfter > asked)
            asked = Now.RetryAfter;
        Wait = backoff.Delay(Options ?? retry, Attempts - 1, serverDelay: null);
        // A server that asks for more than the backoff wants to be left alone, whatever it answered.
        var isAsked = asked > TimeSpan.Zero && asked >= Wait;
        if (isAsked)
            Wait = Spread(Options ?? retry, backoff, asked, remaining);
        var rests = Repeat == RepeatRule.IfNothingElse || !Now.IsAvailable || isAsked;
        Waits = rests ? PlannedWait.Rest : PlannedWait.Backoff;
    }

    /// <summary>
    /// Everybody who waits for the same rest would come back in the same moment. A wait that fits stays one that fits.
    /// </summary>
    private static TimeSpan Spread(RetryOptions retry, Backoff backoff, TimeSpan rest, TimeSpan remaining)
    {
        var later = backoff.After(retry, rest);
        return later < remaining ? later : rest;
    }
}

/// <summary>What a target would be waited for.</summary>
internal enum PlannedWait
{
    /// <summary>Nothing: no wait helps, or none that fits the deadline.</summary>
    Useless,

    /// <summary>The backoff before a repeat.</summary>
    Backoff,

    /// <summary>The end of a rest.</summary>
    Rest,
}

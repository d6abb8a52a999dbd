using Holdfast.Retrying;

namespace Holdfast.Failover;

/// <summary>What an <see cref="AttemptPlan"/> knows of one target.</summary>
internal struct PlannedTarget
{
    public bool IsOnItsWay;
    public bool DelayBegins;
    public int Attempts;
    public int Refusals;
    public RepeatRule Repeat;
    public RepeatRule RepeatBefore;
    public bool IsBarred;
    public RetryOptions? Waits;
    public TimeSpan ServerDelay;
    public TimeSpan RemainingAtReport;
    public int SkipNumber;
    public Outcome SkipWord;
    public TimeSpan SkipRetryAfter;
    public Availability Now;
}

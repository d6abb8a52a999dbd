using Holdfast.Gateway.Providers;

namespace Holdfast.Gateway.Admission;

/// <summary>
/// The pace that one model goes by with one of its provider's keys. It may share it with other models.
/// </summary>
/// <param name="target">The model's paces with all keys.</param>
/// <param name="pace">Its own, to begin with.</param>
/// <param name="readings">What is known of the key over all models.</param>
internal sealed class ModelPace(TargetPaces target, KeyPace pace, KeyReadings readings)
{
    private volatile KeyPace _pace = pace;

    /// <summary>What it goes by now.</summary>
    public KeyPace Pace => _pace;

    /// <summary>
    /// So many readings in a row say that it draws on one limit with a model that goes by another pace. The readings'
    /// own, as the next two.
    /// </summary>
    public int Agreements { get; set; }

    /// <summary>So many readings in a row say that it doesn't with those that go by its pace.</summary>
    public int Disagreements { get; set; }

    /// <summary>How its limit comes to be there again.</summary>
    public LimitRefill Refill { get; set; }

    /// <summary>A call begins.</summary>
    public CallMark Begin(long tokens) => readings.Begin(this, tokens, target.Scope);

    /// <summary>The provider has spoken in the head of an answer.</summary>
    /// <param name="entry">The call's.</param>
    /// <param name="limits">What it said.</param>
    /// <returns>It has spoken of this pace's limits for the first time.</returns>
    public bool Heard(in TargetEntry entry, RateLimits limits)
    {
        if (!readings.Fits(this, entry, limits, target.Scope))
        {
            return false;
        }

        entry.Pace.Learned(limits.Requests, limits.Tokens);
        return _pace.Tell();
    }

    /// <summary>A good answer said nothing of limits.</summary>
    public void HeardNothing(in TargetEntry entry)
    {
        if (ReferenceEquals(entry.PacedBy, _pace))
        {
            _pace.HeardNothing();
        }
    }

    /// <summary>Goes by the pace of the key's first model, where the configuration says that all share it.</summary>
    public void Gather() => readings.Gather(this, target.Scope);

    /// <summary>Goes by another model's pace from now on.</summary>
    public void Join(KeyPace other)
    {
        var before = _pace;
        other.Join();
        target.Move(this, other);
        before.Leave(target);
    }

    /// <summary>
    /// Goes by a pace of its own, which begins with what the common one had learned, and this answer.
    /// </summary>
    public void Part(in TargetEntry entry, RateLimits limits)
    {
        var before = _pace;
        var own = target.Fresh();
        own.Queue.LearnFrom(entry.Pace, limits.Requests, limits.Tokens);
        own.Tell();
        target.Move(this, own);
        before.Leave(target);
    }

    /// <summary>Forgets what was learned, by a hand, for all that go by this pace.</summary>
    public void Forget() => readings.Forget(this);

    /// <summary>Goes by a pace that knows nothing.</summary>
    public void Renew()
    {
        var before = _pace;
        target.Move(this, target.Fresh());
        before.Leave(target);
    }

    /// <summary>Called by the target's paces alone.</summary>
    public void Set(KeyPace pace) => _pace = pace;
}

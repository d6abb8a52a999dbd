using Holdfast.Admission;
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
    private volatile ModelPace? _account;
    private volatile CancellationTokenSource? _moves;

    /// <summary>What it goes by now.</summary>
    public KeyPace Pace => _pace;

    /// <summary>
    /// Its number among the key's models; -1 before the key lists it. The readings' own, as the next ones.
    /// </summary>
    public int Number { get; set; } = -1;

    /// <summary>The key lists it, so that it is compared with others.</summary>
    public bool IsListed => Number >= 0;

    /// <summary>
    /// Whose limits its answers speak of: its own, or those of all that the configuration takes for one.
    /// </summary>
    public ModelPace Account
    {
        get => _account ?? this;
        set => _account = value;
    }

    /// <summary>Those that draw on one limit with it, as far as answers have shown, and go by its pace.</summary>
    public IReadOnlyCollection<ModelPace> Alike { get; set; } = [];

    /// <summary>What it was told last.</summary>
    public ToldLimits Told { get; set; }

    /// <summary>Some answer spoke of limits, if only of what is left.</summary>
    public bool WasSpokenTo { get; set; }

    /// <summary>So many good answers said nothing of limits, and none before them did.</summary>
    public int Wordless { get; set; }

    /// <summary>Nobody knows yet whether it draws on one limit with some that go by its pace.</summary>
    public bool IsUnsure { get; set; } = true;

    /// <summary>When it was last looked with which others it goes by one pace, in ticks.</summary>
    public long GroupedAt { get; set; } = long.MinValue / 2;

    /// <summary>When a call was last let past the others, in ticks.</summary>
    public long PassedAt { get; set; } = long.MinValue / 2;

    /// <summary>
    /// How a call asks its pace: where nobody knows whether models draw on one limit, a busy one must not keep the
    /// others from finding out, so that one of their calls now and then goes before all that wait.
    /// </summary>
    /// <param name="request">What it asks for.</param>
    /// <param name="isMeant">It waits then: the next ones stand in line.</param>
    public AdmissionRequest Ask(in AdmissionRequest request, bool isMeant) =>
        target.Scope == RateLimitScope.Auto && IsUnsure && _pace.IsShared
            && request.Priority > AdmissionPriority.High && readings.MayPass(this, isMeant)
            ? request with { Priority = AdmissionPriority.High }
            : request;

    /// <summary>A call begins.</summary>
    public CallMark Begin(long tokens) => readings.Begin(this, tokens, target.Scope);

    /// <summary>The provider has spoken in the head of an answer.</summary>
    /// <param name="entry">The call's.</param>
    /// <param name="limits">What it said.</param>
    /// <returns>It has spoken of this pace's limits for the first time.</returns>
    public bool Heard(in TargetEntry entry, RateLimits limits)
    {
        WasSpokenTo = true;
        return readings.Heard(this, entry, limits, target.Scope) && _pace.Tell();
    }

    /// <summary>Its pace learns from an answer.</summary>
    /// <returns>False when the call went by another one.</returns>
    public bool Learn(in TargetEntry entry, RateLimits limits)
    {
        if (!ReferenceEquals(entry.PacedBy, _pace))
        {
            return false;
        }

        entry.Pace.Learned(limits.Requests, limits.Tokens, Account, Alike);
        return true;
    }

    /// <summary>A good answer said nothing of limits.</summary>
    public void HeardNothing(in TargetEntry entry)
    {
        if (ReferenceEquals(entry.PacedBy, _pace))
        {
            _pace.HeardNothing();
            readings.HeardNothing(this, target.Scope);
        }
    }

    /// <summary>Nobody uses it any more.</summary>
    public void Retire() => readings.Remove(this);

    /// <summary>Goes by one pace with those models of the key that may draw on one limit with it.</summary>
    public void Gather() => readings.Gather(this, target.Scope);

    /// <summary>Goes by another model's pace from now on.</summary>
    /// <param name="other">That pace.</param>
    /// <param name="knowing">It knows then, too, what was said to this model.</param>
    public void Join(KeyPace other, bool knowing = false)
    {
        var before = _pace;
        if (knowing && other.Queue.LearnFrom(before.Queue, Account))
        {
            other.Tell();
        }

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
        own.Queue.LearnFrom(entry.Pace, limits.Requests, limits.Tokens, Account);
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

    /// <summary>Ends when the model goes by another pace: who waits in the line of this one goes on in that.</summary>
    public CancellationToken Moves
    {
        get
        {
            var fresh = new CancellationTokenSource();
            return (Interlocked.CompareExchange(ref _moves, fresh, null) ?? fresh).Token;
        }
    }

    /// <summary>Called by the target's paces alone.</summary>
    public void Set(KeyPace pace)
    {
        _pace = pace;
        // A wait that asks for it only now sees the new pace. Nobody else's code hears of it.
        Interlocked.Exchange(ref _moves, null)?.Cancel();
    }
}

using Holdfast.Retrying;
using Holdfast.Timeouts;

namespace Holdfast.Failover;

/// <summary>
/// Decides for one call which target is tried next, and when. It does no I/O and has no clock: a loop asks
/// <see cref="Next"/>, makes the attempt, tells <see cref="Report"/>, and asks again until the plan gives up or an
/// attempt is good. Not thread-safe; one call, one plan. The order of preference:
/// <list type="number">
/// <item>the next untried target that is available, in order; this is free</item>
/// <item>an untried target that is only a last resort</item>
/// <item>a repeat after its backoff, for a retry of the call's one budget; but an untried target that rests comes
/// first when it is ready sooner by more than a <see cref="RetryOptions.BaseDelay"/></item>
/// <item>an untried target that rests no longer than the longest backoff, or a repeat at one that is rate-limited,
/// rests, or whose server asked for more than the backoff</item>
/// </list>
/// Of the targets of one such rule the one that is ready first is waited for, if that fits the deadline; among waits
/// that differ by no more than a fifth, the one with the fewest attempts.
/// Availability is asked anew at each step, so a circuit that lets calls in again is noticed.
/// </summary>
/// <remarks>
/// A plan from <see cref="Rent"/> is given back by disposing of it, once, by the one who rented it, when nobody uses it
/// any more: then it costs no allocation. A plan from the constructor needs no disposal.
/// </remarks>
public sealed class AttemptPlan : IDisposable
{
    // A target can look available and then turn the call away at the door; it is asked this often and no more.
    private const int MostRefusals = 3;

    // What fits most routes; a plan with more targets is not kept.
    private const int MostTargetsKept = 16;
    private const int FewestTargets = 4;
    private const int MostSpares = 256;

    private static readonly Spares<AttemptPlan> Spares = new(MostSpares);

    private readonly bool _isRented;
    private RetryOptions _retry;
    private Backoff _backoff;
    private PlannedTarget[] _states;
    private int _count;
    private int _skips;
    private bool _delaysBegin;
    private bool _ended;

    /// <summary>Makes a plan in which nothing has been tried.</summary>
    /// <param name="targets">How many targets there are; 0 gives up at once.</param>
    /// <param name="retry">The budget and the waits.</param>
    /// <param name="backoff">The source of waits; may be shared by all calls.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of targets is negative.</exception>
    public AttemptPlan(int targets, RetryOptions retry, Backoff backoff)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(targets);
        ArgumentNullException.ThrowIfNull(retry);
        ArgumentNullException.ThrowIfNull(backoff);
        _retry = retry;
        _backoff = backoff;
        _count = targets;
        _states = targets == 0 ? [] : new PlannedTarget[targets];
    }

    private AttemptPlan(RetryOptions retry, Backoff backoff)
    {
        _isRented = true;
        _retry = retry;
        _backoff = backoff;
        _states = [];
    }

    private Span<PlannedTarget> Targets => _states.AsSpan(0, _count);

    /// <summary>
    /// A plan in which nothing has been tried, as from the constructor, to be disposed of when the call has ended.
    /// </summary>
    /// <param name="targets">How many targets there are; 0 gives up at once.</param>
    /// <param name="retry">The budget and the waits.</param>
    /// <param name="backoff">The source of waits; may be shared by all calls.</param>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of targets is negative.</exception>
    public static AttemptPlan Rent(int targets, RetryOptions retry, Backoff backoff)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(targets);
        ArgumentNullException.ThrowIfNull(retry);
        ArgumentNullException.ThrowIfNull(backoff);
        var plan = Spares.Take() ?? new AttemptPlan(retry, backoff);
        plan._retry = retry;
        plan._backoff = backoff;
        plan._count = targets;
        if (plan._states.Length < targets)
            plan._states = new PlannedTarget[Math.Max(targets, FewestTargets)];
        return plan;
    }

    /// <summary>Attempts so far: repeats included, steps that were turned away at the door not.</summary>
    public int Attempts { get; private set; }

    /// <summary>Retries spent so far.</summary>
    public int Repeats { get; private set; }

    /// <summary>The targets that were passed over and never tried, each once, in the order it came up.</summary>
    public IReadOnlyList<SkippedTarget> Skipped
    {
        get
        {
            if (_skips == 0)
                return [];
            var skipped = new List<SkippedTarget>(_skips);
            for (var number = 1; number <= _skips; number++)
            {
                if (TryGetSkipped(number, out var one))
                    skipped.Add(one);
            }

            return skipped;
        }
    }

    /// <summary>How many targets were ever passed over; some may have been tried since.</summary>
    internal int Skips => _skips;

    /// <summary>Decides the next step.</summary>
    /// <param name="state">Handed to <paramref name="availability"/>, so that it needs no closure.</param>
    /// <param name="availability">
    /// Says for a target's number whether it can be tried now. Asked again each time.
    /// </param>
    /// <param name="remaining">
    /// What is left of the call's deadline; <see cref="TimeSpan.MaxValue"/> without one.
    /// </param>
    /// <param name="untriedOnly">
    /// Takes only a target that has not been tried and can be tried now; otherwise it says to give up, and nothing is
    /// changed. For attempts beside one that is on its way. Default false.
    /// </param>
    /// <exception cref="ArgumentNullException">The delegate is null.</exception>
    /// <exception cref="ObjectDisposedException">The plan was given back.</exception>
    public AttemptStep Next<TState>(TState state, Func<TState, int, Availability> availability, TimeSpan remaining,
        bool untriedOnly = false)
        where TState : allows ref struct
    {
        ArgumentNullException.ThrowIfNull(availability);
        ObjectDisposedException.ThrowIf(_count < 0, this);
        BeginServerDelays(remaining);
        if (_ended || remaining <= TimeSpan.Zero)
            return GiveUp();

        var open = -1;
        var lastResort = -1;
        for (var i = 0; i < _count; i++)
        {
            ref var target = ref _states[i];
            target.Now = availability(state, i);
            if (target.Attempts != 0 || target.IsBarred)
                continue;
            if (!target.Now.IsAvailable)
                Skip(ref target, target.Now.WhyNot, target.Now.RetryAfter);
            else if (target.Refusals < MostRefusals && target.Now.IsLastResort)
                lastResort = Preferred(i, lastResort);
            else if (target.Refusals < MostRefusals)
                open = Preferred(i, open);
            if (open >= 0 && _states[open].Refusals == 0)
                break;
        }

        if (open >= 0 || lastResort >= 0)
            return Take(open >= 0 ? open : lastResort, TimeSpan.Zero);
        if (untriedOnly)
            return GiveUp();
        return WaitFor(remaining);
    }

    /// <summary>
    /// Whether <see cref="Next"/> would find a target for an attempt beside one on its way, and none of the call's
    /// targets is anything but plainly available: where capacity is short, nobody asks twice.
    /// </summary>
    internal bool MayHedge<TState>(TState state, Func<TState, int, Availability> availability, TimeSpan remaining)
    {
        if (_ended || remaining <= TimeSpan.Zero)
            return false;
        var isAnyLeft = false;
        for (var i = 0; i < _count; i++)
        {
            if (availability(state, i) is { IsAvailable: false } or { IsLastResort: true })
                return false;
            ref readonly var target = ref _states[i];
            isAnyLeft |= target.Attempts == 0 && !target.IsBarred && target.Refusals < MostRefusals;
        }

        return isAnyLeft;
    }

    /// <summary>
    /// Whether a target after the first was tried; in a race only if one before it had failed or was passed over.
    /// </summary>
    internal bool WentOn(bool isRace)
    {
        for (var i = 1; i < _count; i++)
        {
            if (_states[i].Attempts != 0 && (!isRace || IsAfterFailure(i)))
                return true;
        }

        return false;
    }

    /// <summary>Whether a target before this one has failed or was passed over.</summary>
    internal bool IsAfterFailure(int target)
    {
        for (var i = 0; i < target; i++)
        {
            if (IsOut(i))
                return true;
        }

        return false;
    }

    /// <summary>One of those that were passed over, from 1 on; false when it has been tried since.</summary>
    internal bool TryGetSkipped(int number, out SkippedTarget skipped)
    {
        for (var i = 0; i < _count; i++)
        {
            ref readonly var target = ref _states[i];
            if (target.SkipNumber != number)
                continue;
            skipped = new SkippedTarget(i, target.SkipWord, target.SkipRetryAfter);
            return target.Attempts == 0;
        }

        skipped = default;
        return false;
    }

    /// <summary>
    /// Tells how a step ended. A step that is not reported on counts as on its way: its target is not repeated.
    /// </summary>
    /// <param name="target">The target of the step.</param>
    /// <param name="outcome">
    /// How it ended. An outcome that is no attempt (the breaker or the queue turned the call away after all) gives a
    /// spent retry back.
    /// </param>
    /// <param name="serverDelay">What the server asked to wait, if it did.</param>
    /// <param name="repeat">
    /// Whether this target may be tried again: <see cref="RepeatRule.Never"/> after <c>x-should-retry: false</c>, or
    /// what a target's own <see cref="RetryOptions.RuleFor"/> says. Null, the default: as the plan's options say.
    /// </param>
    /// <param name="waits">
    /// The options whose delays hold at this target; the budget stays the plan's. Null, the default: the plan's.
    /// </param>
    /// <param name="mayFailOver">
    /// Whether the call may go on to other targets after this; false leaves it only repeats at this one. Default true.
    /// </param>
    /// <exception cref="InvalidOperationException">No step at this target waits for its report.</exception>
    public void Report(int target, Outcome outcome, TimeSpan? serverDelay = null, RepeatRule? repeat = null,
        bool mayFailOver = true, RetryOptions? waits = null)
    {
        if ((uint)target >= _count || !_states[target].IsOnItsWay)
            throw new InvalidOperationException($"target {target}: no step waits for its report");
        ref var tried = ref _states[target];
        tried.IsOnItsWay = false;
        if (!outcome.IsAttempt())
        {
            TurnedAway(ref tried, outcome, repeat);
            return;
        }

        tried.HasFailed |= outcome is not (Outcome.Ok or Outcome.Cancelled or Outcome.CallerError);
        var rule = outcome.Rule();
        _ended |= !rule.NextTarget;
        if (!mayFailOver)
            StayAt(target);
        tried.Repeat = repeat ?? _retry.RuleFor(outcome);
        tried.ServerDelay = serverDelay > TimeSpan.Zero ? serverDelay.Value : TimeSpan.Zero;
        tried.Options = waits;
        tried.DelayBegins = true;
        _delaysBegin = true;
    }

    /// <summary>
    /// Gives a rented plan back; it must not be used afterwards. Nothing happens to one from the constructor.
    /// </summary>
    public void Dispose()
    {
        if (!_isRented || _count < 0)
            return;
        // Whoever keeps it breaks here, and not in another call.
        Targets.Clear();
        _count = -1;
        _skips = 0;
        _delaysBegin = false;
        _ended = false;
        Attempts = 0;
        Repeats = 0;
        if (_states.Length <= MostTargetsKept)
            Spares.TryKeep(this);
    }

    private bool IsOut(int target) =>
        _states[target].HasFailed || (_states[target].SkipNumber != 0 && _states[target].Attempts == 0);

    private void StayAt(int target)
    {
        for (var i = 0; i < _count; i++)
            _states[i].IsBarred |= i != target;
    }

    private static AttemptStep GiveUp() => new(AttemptStepKind.GiveUp, -1, TimeSpan.Zero, false);

    // Which of two is asked first: the one that turned the call away less often, then the earlier.
    private int Preferred(int candidate, int best) =>
        best < 0 || _states[candidate].Refusals < _states[best].Refusals ? candidate : best;

    private void Skip(ref PlannedTarget target, Outcome word, TimeSpan retryAfter)
    {
        if (target.SkipNumber != 0)
            return;
        target.SkipNumber = ++_skips;
        target.SkipWord = word;
        target.SkipRetryAfter = retryAfter;
    }

    private void TurnedAway(ref PlannedTarget target, Outcome word, RepeatRule? repeat)
    {
        target.Refusals = repeat == RepeatRule.Never ? MostRefusals : target.Refusals + 1;
        target.Attempts--;
        target.Repeat = target.RepeatBefore;
        Attempts--;
        if (target.Attempts != 0)
            Repeats--;
        if (target.Attempts == 0)
            Skip(ref target, word, TimeSpan.Zero);
    }

    // The plan has no clock, but what is left of the deadline runs like one: a server's delay that began at the report
    // is not waited for a second time after another target has been tried meanwhile.
    private void BeginServerDelays(TimeSpan remaining)
    {
        if (!_delaysBegin)
            return;
        _delaysBegin = false;
        foreach (ref var target in Targets)
        {
            if (target.DelayBegins)
                target.RemainingAtReport = remaining;
            target.DelayBegins = false;
        }
    }

    private AttemptStep WaitFor(TimeSpan remaining)
    {
        foreach (ref var target in Targets)
            target.Measure(_retry, _backoff, remaining, mayRepeat: Repeats < _retry.MaxRetries, MostRefusals);
        var repeat = Soonest(PlannedWait.Backoff);
        var rest = Soonest(PlannedWait.Rest);
        if (repeat < 0 && rest < 0)
            return GiveUp();
        // A tried target that rests shorter comes after a repeat and takes nothing from an untried one.
        var untried = Soonest(PlannedWait.Rest, mostAttempts: 0);
        var isSooner = untried >= 0 && repeat >= 0 && _states[repeat].Wait - _states[untried].Wait > _retry.BaseDelay;
        var best = isSooner ? untried : repeat >= 0 ? repeat : rest;
        return Take(best, _states[best].Wait);
    }

    private int Soonest(PlannedWait kind, int mostAttempts = int.MaxValue)
    {
        var least = TimeSpan.MaxValue;
        foreach (ref readonly var target in Targets)
            if (target.Waits == kind && target.Attempts <= mostAttempts && target.Wait < least)
                least = target.Wait;
        var best = -1;
        for (var i = 0; i < _count; i++)
        {
            ref readonly var target = ref _states[i];
            // Jitter makes equal waits differ; what is not ready about as soon is no choice.
            if (target.Waits != kind || target.Attempts > mostAttempts || target.Wait - (target.Wait / 5) > least)
                continue;
            if (best < 0 || target.Attempts < _states[best].Attempts
                || (target.Attempts == _states[best].Attempts && target.Wait < _states[best].Wait))
                best = i;
        }

        return best;
    }

    private AttemptStep Take(int i, TimeSpan wait)
    {
        ref var target = ref _states[i];
        var isRepeat = target.Attempts != 0;
        target.RepeatBefore = target.Repeat;
        target.Repeat = RepeatRule.Never;
        target.IsOnItsWay = true;
        target.Attempts++;
        Attempts++;
        if (isRepeat)
            Repeats++;
        var kind = wait > TimeSpan.Zero ? AttemptStepKind.WaitThenTry : AttemptStepKind.Try;
        return new AttemptStep(kind, i, wait, isRepeat);
    }
}

using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Holdfast.CircuitBreaking;
using Holdfast.Execution;
using Holdfast.Failover;
using Holdfast.Retrying;
using Holdfast.Telemetry;
using Holdfast.Timeouts;

namespace Holdfast.Extensions.AI;

/// <summary>A target with its client.</summary>
internal sealed record Slot<TClient>(
    ProtectedTarget State, TClient Client, string? Model, ClientDescription Description);

/// <summary>The targets of one protected client, and the way a call takes through them.</summary>
internal sealed class TargetPool<TClient> : IDisposable
    where TClient : class, IDisposable
{
    private const int HedgeSamples = 20;

    private readonly Slot<TClient>[] _slots;
    private readonly Backoff _backoff;
    private readonly TargetOrder _orders;
    private readonly HedgeBudget? _hedges;
    private readonly string _kind;
    private int _disposed;

    public TargetPool(IReadOnlyList<TargetSpecification<TClient>> targets, HoldfastOptions options, string kind)
    {
        var problems = string.Join("; ", options.Problems().Concat(TargetProblems.Of(targets)));
        if (problems.Length != 0)
            throw new ArgumentException(problems, nameof(options));
        Options = options;
        _kind = kind;
        Telemetry = new CallTelemetry(options.Name ?? kind, options.Logger);
        // Without a seed, another one for each client, so that many processes don't jitter alike.
        var seed = options.RandomSeed ?? Guid.NewGuid().GetHashCode();
        _backoff = new Backoff(new Random(seed));
        _orders = new TargetOrder(new Random(unchecked(seed + 1)));
        _hedges = options.Hedge is { } hedge ? new HedgeBudget(hedge, options.Time) : null;
        _slots = [.. targets.OrderBy(target => target.Priority).Select((target, i) => new Slot<TClient>(
            new ProtectedTarget(target.Name, target.Priority, target.Weight,
                target.CircuitBreaker ?? options.CircuitBreaker, options, new Random(unchecked(seed + 2 + i))),
            target.Client, target.Model, target.Description))];
        Targets = [.. _slots.Select(slot => slot.State)];
        if (options.Logger is null)
            return;
        foreach (var slot in _slots)
            Warn(slot, SdkRetries.Of(slot.Description));
    }

    public HoldfastOptions Options { get; }

    /// <summary>By priority.</summary>
    public IReadOnlyList<ProtectedTarget> Targets { get; }

    public CallTelemetry Telemetry { get; }

    public void ThrowIfDisposed(object owner) => ObjectDisposedException.ThrowIf(_disposed != 0, owner);

    /// <summary>What <c>GetService</c> finds: the owner itself, or what the first client knows.</summary>
    public object? Find(object owner, Type service, object? key)
    {
        ArgumentNullException.ThrowIfNull(service);
        return key is null && service.IsInstanceOfType(owner) ? owner : _slots[0].Description.Find(service, key);
    }

    /// <summary>Disposes of the clients, each once.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        foreach (var client in _slots.Select(slot => slot.Client).Distinct())
            client.Dispose();
    }

    /// <summary>Opens the span of an attempt; null when nobody listens.</summary>
    public Activity? StartAttempt(Slot<TClient> slot, string? model)
    {
        var span = Telemetry.StartAttempt(slot.State.Name, ActivityKind.Client);
        if (span is not null)
            GenAiTags.Request(span, _kind, slot.Description, slot.Model ?? model);
        return span;
    }

    /// <summary>Says, once for each target, that its SDK repeats by itself.</summary>
    public void Warn(Slot<TClient> slot, SdkRepeats? repeats)
    {
        if (repeats is { } found && slot.State.TryWarn())
            Telemetry.SdkRetriesLeftOn(slot.State.Name, found.Count, found.Remedy);
    }

    /// <summary>Runs a call. What has won is to be disposed of.</summary>
    public async Task<Holding<TAnswer>> RunAsync<TAnswer>(
        IQuestion<TClient, TAnswer> question, CancellationToken caller)
    {
        caller.ThrowIfCancellationRequested();
        var deadline = Deadline.After(Options.Timeouts.Call, Options.Time);
        var slots = Ramped(Ordered());
        var plan = new AttemptPlan(slots.Length, Options.Retry, _backoff);
        var call = new ProtectedCall<TClient, TAnswer>(this, slots, plan, deadline, question);
        _hedges?.CallStarted();
        var span = Telemetry.StartCall();
        var started = Options.Time.GetTimestamp();
        FailoverResult<Holding<TAnswer>> result;
        try
        {
            result = await FailoverLoop.RunAsync<ProtectedCall<TClient, TAnswer>, Holding<TAnswer>>(
                call, plan, Launch(slots.Length), deadline, Options.Time, caller).ConfigureAwait(false);
        }
        catch
        {
            // A defect of a classifier; a stream's span outlives this method, so no `using` can end it.
            span?.Dispose();
            throw;
        }

        var took = Options.Time.GetElapsedTime(started);
        if (result.IsSuccess)
        {
            var fellBack = result.FellBack;
            result.Answer!.Won(result.Lifetime, (outcome, all) => Ended(span, outcome, took, all, fellBack));
            return result.Answer;
        }

        var trail = call.Trail(null);
        Ended(span, Ending(trail, deadline, caller), took, trail, false);
        caller.ThrowIfCancellationRequested();
        if (trail.LastOrDefault(report => report.Outcome == Outcome.CallerError)?.Exception is { } own)
            ExceptionDispatchInfo.Throw(own);
        throw deadline.HasPassed ? DeadlinePassed(trail) : Failed(slots, trail);
    }

    public bool TryHedge() => _hedges?.TryHedge() == true;

    public static TimeSpan? HedgeAfter(ProtectedTarget target) => target.Statistics.Latencies.Count < HedgeSamples
        ? null
        : target.Statistics.Latencies.Percentile(0.95);

    public ResilienceException DeadlinePassed(AttemptTrail trail) => new(
        FormattableString.Invariant($"the call's {Options.Timeouts.Call.TotalSeconds:0.#} s have passed: {trail}"),
        ErrorCategory.Timeout, null, true, trail,
        trail.LastOrDefault(report => report.Exception is not null)?.Exception);

    private void Ended(Activity? span, Outcome outcome, TimeSpan took, AttemptTrail trail, bool fellBack)
    {
        Telemetry.CallEnded(span, outcome, took, trail, fellBack);
        Options.OnCompleted?.Invoke(trail);
    }

    private static Outcome Ending(AttemptTrail trail, Deadline deadline, CancellationToken caller) =>
        caller.IsCancellationRequested ? Outcome.Cancelled
        : deadline.HasPassed ? Outcome.Timeout
        : trail.Count > 0 ? trail[^1].Outcome : Outcome.ServerError;

    private static ResilienceException Failed(Slot<TClient>[] slots, AttemptTrail trail)
    {
        if (slots is not [{ State: var only }])
            return new AllModelsFailedException(trail);
        var last = trail.Count == 0 ? Outcome.Saturated : trail[^1].Outcome;
        return last switch
        {
            Outcome.Isolated => new CircuitOpenException(only.Name, TimeSpan.MaxValue, trail),
            Outcome.CircuitOpen => new CircuitOpenException(only.Name, only.Breaker.RetryAfter, trail),
            Outcome.Held or Outcome.Saturated or Outcome.RateLimited or Outcome.Quota or Outcome.Auth
                or Outcome.NotFound => new ModelUnavailableException(only.Name, last, trail),
            _ => new RetryExhaustedException(only.Name, trail),
        };
    }

    /// <summary>In the strategy's order, but behind the others what has just recovered and isn't preferred.</summary>
    private Slot<TClient>[] Ramped(Slot<TClient>[] slots)
    {
        // The same array while nobody ramps, which is nearly always.
        if (slots.Length == 1 || Array.TrueForAll(slots, static slot => slot.State.Ramp.Share >= 1))
            return slots;
        var preferred = slots.ToLookup(static slot => slot.State.Ramp.Prefers());
        return [.. preferred[true], .. preferred[false]];
    }

    private Slot<TClient>[] Ordered()
    {
        if (_slots.Length == 1 || Options.Strategy is FailoverStrategy.Sequential or FailoverStrategy.Parallel)
            return _slots;
        var candidates = new TargetCandidate[_slots.Length];
        for (var i = 0; i < candidates.Length; i++)
            candidates[i] = new TargetCandidate(i, 0, _slots[i].State.Weight, _slots[i].State.Statistics);
        var order = new int[_slots.Length];
        switch (Options.Strategy)
        {
            case FailoverStrategy.Fastest:
                TargetOrder.ByLatency(candidates, order);
                break;
            case FailoverStrategy.Weighted:
                _orders.ByWeight(candidates, order);
                break;
            default:
                _orders.Shuffled(candidates, order);
                break;
        }

        return [.. order.Select(i => _slots[i])];
    }

    private FailoverLaunch Launch(int targets) => Options.Strategy switch
    {
        FailoverStrategy.Parallel => FailoverLaunch.Race(Math.Min(Options.MaxConcurrent, targets)),
        FailoverStrategy.Fastest => FailoverLaunch.Race(targets),
        _ when _hedges is not null && targets > 1 => FailoverLaunch.Hedged,
        _ => FailoverLaunch.OnFailure,
    };
}

/// <summary>What a user said about a target, of chat or of embeddings.</summary>
internal sealed record TargetSpecification<TClient>(
    string Name, TClient Client, int Priority, double Weight, string? Model, CircuitBreakerOptions? CircuitBreaker,
    ClientDescription Description);

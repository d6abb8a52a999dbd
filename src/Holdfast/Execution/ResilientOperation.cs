using Holdfast.Failover;
using Holdfast.Retrying;
using Holdfast.Telemetry;
using Holdfast.Timeouts;
using Microsoft.Extensions.Logging;

namespace Holdfast.Execution;

/// <summary>
/// An operation with its fallbacks and everything that protects it: breakers, one retry budget, timeouts, strategy,
/// hedges and validation. Thread-safe. Made by <see cref="ResilientOperations.Register"/>.
/// </summary>
/// <typeparam name="T">What it makes.</typeparam>
public sealed class ResilientOperation<T> : IResilientOperation
{
    private readonly IReadOnlyList<OperationTarget<T>> _targets;
    private readonly OperationOptions<T> _options;
    private readonly TimeProvider _time;
    private readonly int _seed;
    private readonly OperationPlace<T>[] _places;
    private readonly TargetOrder _order;
    private readonly Backoff _backoff;
    private readonly HedgeBudget _hedges;
    private readonly FallbackStatistics _fallbacks = new();
    private readonly RetryStatistics _retries = new();
    private readonly CallTelemetry _telemetry;

    internal ResilientOperation(string name, IReadOnlyList<OperationTarget<T>> targets, OperationOptions<T> options,
        TimeProvider time, int seed, ILogger? logger = null)
    {
        Name = name;
        (_targets, _options, _time, _seed) = (targets, options, time, seed);
        _places =
        [
            .. targets.Select((target, number) =>
                new OperationPlace<T>(name, target, options, time, unchecked((seed * 31) + number))),
        ];
        _order = new TargetOrder(new Random(seed));
        _backoff = new Backoff(new Random(~seed));
        _hedges = new HedgeBudget(options.Hedges, time);
        _telemetry = new CallTelemetry(name, logger);
        foreach (var place in _places)
            place.Breaker.WithTelemetry(logger);
    }

    /// <inheritdoc/>
    public string Name { get; }

    internal OperationOptions<T> Options => _options;

    internal TimeProvider Time => _time;

    internal CallTelemetry Telemetry => _telemetry;

    /// <summary>Runs it until a target answers or nothing is left to try.</summary>
    /// <param name="cancellationToken">Struck when nobody waits for the answer any more.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled before there was an answer.</exception>
    /// <exception cref="CircuitOpenException">Its only target is kept away by its breaker.</exception>
    /// <exception cref="ModelUnavailableException">Its only target cannot serve it now.</exception>
    /// <exception cref="RetryExhaustedException">Its only target failed as often as the budget allows.</exception>
    /// <exception cref="AllModelsFailedException">All of its targets failed or were passed over.</exception>
    /// <exception cref="ResilienceException">The call's limit passed, or the caller's own mistake.</exception>
    public async ValueTask<ExecutionResult<T>> ExecuteAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var span = _telemetry.StartCall();
        var started = _time.GetTimestamp();
        var deadline = Deadline.After(_options.Timeouts.Call, _time);
        var places = Ramped(InOrder());
        var launch = Launch;
        if (launch.MayHedge)
            _hedges.CallStarted();
        using var plan = AttemptPlan.Rent(places.Length, _options.Retry, _backoff);
        var call = OperationCall<T>.Start(this, places, plan, deadline);
        var result = await FailoverLoop.RunAsync<OperationCall<T>, T>(
            call, plan, launch, deadline, _time, cancellationToken).ConfigureAwait(false);
        result.Lifetime?.Dispose();

        var took = _time.GetElapsedTime(started);
        var winner = result.IsSuccess ? places[result.Target].Target.Name : null;
        var trail = call.TrailOf(winner);
        // A loser that doesn't heed its token may still run.
        if (launch == FailoverLaunch.OnFailure)
            call.GiveBack();
        var fellBack = result.FellBack;
        Count(places[0].Target.Name, plan, trail, winner, took);
        _fallbacks.Record(places[0].Target.Name, trail, winner, result.WentOn, fellBack, took);
        var outcome = winner is not null ? Outcome.Ok
            : cancellationToken.IsCancellationRequested ? Outcome.Cancelled
            : deadline.HasPassed ? Outcome.Timeout
            : trail.Count > 0 ? trail[^1].Outcome : Outcome.ServerError;
        _telemetry.CallEnded(span, outcome, took, trail, fellBack);
        if (winner is not null)
            return new ExecutionResult<T>(result.Answer!, winner, took, fellBack, trail);
        cancellationToken.ThrowIfCancellationRequested();
        throw OperationFailure.Of(Name, [.. places.Select(place => place.Target.Name)], trail, deadline,
            places[0].Breaker.RetryAfter);
    }

    /// <inheritdoc/>
    public OperationHealth GetHealth() => new(Name,
        _places.Any(place => place.Look().IsAvailable),
        [.. _places.Select(place => place.GetHealth())],
        _retries.GetSnapshot(),
        _fallbacks.GetSnapshot());

    /// <inheritdoc/>
    public async Task<SelfTestReport> SelfTestAsync(CancellationToken cancellationToken = default) =>
        new(Name, await new OperationSelfTest<T>(Name, _targets, _options, _time, _seed)
            .RunAsync(cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public void Isolate(string target) => Place(target).Breaker.Isolate();

    /// <inheritdoc/>
    public void Reset(string target) => Place(target).Reset();

    internal bool TryHedge()
    {
        if (!_hedges.TryHedge())
            return false;
        _telemetry.HedgeStarted();
        return true;
    }

    private FailoverLaunch Launch => _options.Strategy switch
    {
        FailoverStrategy.Parallel => FailoverLaunch.Race(Math.Min(_options.MaxConcurrent, _places.Length)),
        FailoverStrategy.Fastest => FailoverLaunch.Race(_places.Length),
        _ => new FailoverLaunch(1, MayHedge: _options.HedgeAfter is not null && _places.Length > 1),
    };

    private OperationPlace<T> Place(string target) =>
        _places.FirstOrDefault(place => place.Target.Name == target)
        ?? throw new KeyNotFoundException(
            $"{Name}: target '{target}': one of {string.Join(", ", _targets.Select(known => known.Name))}");

    // A target that has just come back leads only its share of the calls, or all of them would run it over.
    private static OperationPlace<T>[] Ramped(OperationPlace<T>[] places)
    {
        if (places.Length == 1 || Array.TrueForAll(places, static place => place.Ramp.Share >= 1))
            return places;
        var preferred = places.ToLookup(static place => place.Ramp.Prefers());
        return [.. preferred[true], .. preferred[false]];
    }

    private OperationPlace<T>[] InOrder()
    {
        if (_places.Length == 1 || _options.Strategy is FailoverStrategy.Sequential or FailoverStrategy.Parallel)
            return _places;
        var candidates = new TargetCandidate[_places.Length];
        for (var i = 0; i < candidates.Length; i++)
            candidates[i] = new TargetCandidate(i, 0, _places[i].Target.Weight, _places[i].Statistics);
        var order = new int[_places.Length];
        if (_options.Strategy == FailoverStrategy.Fastest)
            TargetOrder.ByLatency(candidates, order);
        else if (_options.Strategy == FailoverStrategy.Weighted)
            _order.ByWeight(candidates, order);
        else
            _order.Shuffled(candidates, order);
        return [.. order.Select(i => _places[i])];
    }

    private void Count(string primary, AttemptPlan plan, AttemptTrail trail, string? winner, TimeSpan took)
    {
        var sent = trail.SentCount;
        // Not the plan's: a repeat that the caller's leaving cut short in its wait was never sent.
        var repeats = plan.Repeats == 0 ? 0 : trail.Count(one => one is { IsRepeat: true, WasSent: true });
        var inAttempts = trail.InAttempts;
        var delay = took > inAttempts ? took - inAttempts : TimeSpan.Zero;
        _retries.Record(Math.Max(sent, winner is null ? 0 : 1), Math.Min(repeats, sent), winner is not null,
            repeats == 0 ? TimeSpan.Zero : delay);
    }
}

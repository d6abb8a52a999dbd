using System.Collections.Concurrent;
using Holdfast.Failover;
using Holdfast.Gateway.Calls;

namespace Holdfast.Gateway.Routing;

/// <summary>
/// How often each route had to fall back, and how that went. Counts since the process began, across reloads; a call
/// counts when it has ended. Thread-safe.
/// </summary>
internal sealed class RouteStatistics : ICallObserver
{
    private readonly ConcurrentDictionary<string, Counts> _routes = new(StringComparer.Ordinal);

    public void OnCompleted(CallRecord call)
    {
        if (call.Primary is { } primary)
        {
            _routes.GetOrAdd(call.ModelLabel, static _ => new Counts()).Add(call, primary);
        }
    }

    /// <summary>What is known of a route; zeros when it has had no calls.</summary>
    public FallbackSnapshot Of(string route) =>
        _routes.TryGetValue(route, out var counts) ? counts.Snapshot() : default;

    private sealed class Counts
    {
        private long _calls;
        private long _primaryFailures;
        private long _invocations;
        private long _successes;
        private long _ticks;

        public void Add(CallRecord call, (string Provider, string Model) primary)
        {
            if (call.Outcome is Outcome.Cancelled or Outcome.CallerError)
            {
                // The caller's own doing: it says nothing about the route.
                return;
            }

            Interlocked.Increment(ref _calls);
            if (call is { Attempts.Count: 1, Winner: { Outcome: Outcome.Ok } only } && IsPrimary(only))
            {
                return;
            }

            var answered = call.Winner is { Outcome: Outcome.Ok } winner ? winner : null;
            if ((answered is null || !IsPrimary(answered)) && call.Attempts.Any(HasFailed))
            {
                Interlocked.Increment(ref _primaryFailures);
            }

            if (!call.WentOn)
            {
                return;
            }

            Interlocked.Increment(ref _invocations);
            if (answered is not null && call.FellBack)
            {
                Interlocked.Increment(ref _successes);
                Interlocked.Add(ref _ticks, call.Duration.Ticks);
            }

            bool IsPrimary(AttemptRecord attempt) =>
                attempt.Provider == primary.Provider && attempt.Model == primary.Model;

            bool HasFailed(AttemptRecord attempt) => IsPrimary(attempt)
                && attempt.Outcome is not (Outcome.Ok or Outcome.Cancelled or Outcome.CallerError);
        }

        public FallbackSnapshot Snapshot()
        {
            var calls = Interlocked.Read(ref _calls);
            var invocations = Interlocked.Read(ref _invocations);
            var successes = Interlocked.Read(ref _successes);
            return new FallbackSnapshot(
                calls,
                invocations,
                invocations == 0 ? null : Math.Min(1, successes / (double)invocations),
                calls == 0 ? 0 : Interlocked.Read(ref _primaryFailures) / (double)calls,
                successes == 0 ? null : new TimeSpan(Interlocked.Read(ref _ticks) / successes));
        }
    }
}

/// <summary>A route's fallbacks at one moment.</summary>
/// <param name="Calls">Calls that have ended, but for those that their callers ended or got wrong.</param>
/// <param name="Invocations">
/// Those in which a target after the call's first was asked because one before it had failed, was passed over or was
/// hedged.
/// </param>
/// <param name="SuccessRate">The share of them that such a target answered, 0 to 1; null without any.</param>
/// <param name="PrimaryFailureRate">The share of calls whose first target failed or could not be tried, 0 to 1.</param>
/// <param name="AverageLatency">Of calls that another target answered, from arrival to end; null without any.</param>
internal readonly record struct FallbackSnapshot(
    long Calls, long Invocations, double? SuccessRate, double PrimaryFailureRate, TimeSpan? AverageLatency);

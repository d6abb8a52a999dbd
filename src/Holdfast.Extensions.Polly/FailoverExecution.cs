using System.Net.Http.Headers;
using Holdfast.CircuitBreaking;
using Holdfast.Execution;
using Holdfast.Failover;
using Holdfast.Retrying;
using Holdfast.Telemetry;
using Polly;
using Polly.Fallback;
using Polly.Timeout;
using Ending = Holdfast.Failover.Outcome;

namespace Holdfast.Extensions.Polly;

/// <summary>One execution as the loop runs it.</summary>
internal sealed class FailoverExecution<TResult>(HoldfastFailoverStrategyOptions<TResult> options, AttemptPlan plan,
    CircuitBreaker[] breakers, Cooldown[] cooldowns, Func<int, ValueTask<Outcome<TResult>>> askAsync,
    ResilienceContext context, CallTelemetry telemetry, TimeProvider time) : IFailoverCall<Outcome<TResult>>
{
    // There is no sooner end of a quota.
    private static readonly TimeSpan QuotaRest = TimeSpan.FromMinutes(5);

    private readonly List<AttemptReport> _reports = [];
    private readonly HashSet<int> _skipped = [];

    /// <summary>What ended the execution without being a failure to fail over from.</summary>
    public Outcome<TResult>? Ended { get; private set; }

    public Availability Look(int target)
    {
        var breaker = breakers[target];
        if (breaker.IsAvailable)
        {
            return cooldowns[target].Remaining is { Ticks: > 0 } rest
                ? Availability.Not(Ending.RateLimited, rest)
                : Availability.Now;
        }

        return breaker.State == CircuitState.Isolated
            ? Availability.Not(Ending.Isolated)
            : Availability.Not(Ending.CircuitOpen, breaker.RetryAfter);
    }

    public TimeSpan? HedgeAfter(int target) => null;

    public bool TryHedge() => false;

    public void Discard(int target, Outcome<TResult> answer)
    {
        // Attempts never overlap here, so there is none.
    }

    public async ValueTask<FailoverAttempt<Outcome<TResult>>> AttemptAsync(
        AttemptStep step, CancellationToken cancellation)
    {
        NoteSkipped();
        if (!breakers[step.Target].TryAcquire(out var permit))
            return new FailoverAttempt<Outcome<TResult>>(Ending.CircuitOpen);
        var stays = context.ContinueOnCapturedContext;
        using var span = telemetry.StartAttempt(breakers[step.Target].Name);
        var started = time.GetTimestamp();
        try
        {
            var outcome = await askAsync(step.Target).ConfigureAwait(stays);
            var isFailure = await options.ShouldHandle(new FallbackPredicateArguments<TResult>(context, outcome))
                .ConfigureAwait(stays);
            var ending = Judge(outcome, isFailure, cancellation);
            permit.Settle(ending);
            var delay = DelayOf(outcome);
            Rest(cooldowns[step.Target], ending, delay);
            Note(step.Target, new AttemptReport(breakers[step.Target].Name, ending, time.GetElapsedTime(started))
            {
                Exception = outcome.Exception,
                Message = outcome.Exception?.Message,
                IsRepeat = step.IsRepeat,
            });
            CallTelemetry.EndAttempt(span, ending, outcome.Exception);
            if (ending is Ending.Cancelled or Ending.CallerError)
                Ended = outcome;
            else if (ending != Ending.Ok)
                await DropAsync(outcome).ConfigureAwait(stays);
            return new FailoverAttempt<Outcome<TResult>>(ending, outcome)
            {
                ServerDelay = delay,
                StaysHere = ending == Ending.Cancelled,
                // What was kept away within would be again; it may have waited there.
                Repeat = ending.IsAttempt() ? null : RepeatRule.Never,
            };
        }
        catch
        {
            // A defect of the predicate: it must not cost the target a probe.
            permit.Abandoned();
            throw;
        }
    }

    private void Rest(Cooldown cooldown, Ending ending, TimeSpan? delay)
    {
        // Without a word from the server, as long as one would wait before a first repeat.
        if (ending == Ending.RateLimited)
            cooldown.Extend(delay ?? options.Retry.BaseDelay);
        else if (ending == Ending.Quota)
            cooldown.Extend(delay > QuotaRest ? delay.Value : QuotaRest);
    }

    public AttemptTrail Trail()
    {
        NoteSkipped();
        return new AttemptTrail(_reports);
    }

    private void Note(int target, AttemptReport report)
    {
        _reports.Add(report);
        if (report.WasSent)
            telemetry.AttemptEnded(report.Target, report.Outcome, report.Duration, report.Exception);
        else
            _skipped.Add(target);
    }

    private static Ending Judge(in Outcome<TResult> outcome, bool isFailure, CancellationToken cancellation)
    {
        if (outcome.Exception is null && !isFailure)
            return Ending.Ok;
        if (cancellation.IsCancellationRequested)
            return Ending.Cancelled;
        // Not ours to fail over from: it ends the execution as it is.
        if (!isFailure)
            return Ending.CallerError;
        if (Rejection.Of(outcome.Exception) is { } rejected)
            return rejected;
        var ending = outcome switch
        {
            { Exception: TimeoutRejectedException } => Ending.Timeout,
            { Exception: { } exception } => ExceptionOutcomes.Of(exception),
            { Result: HttpResponseMessage response } => ExceptionOutcomes.Of(response.StatusCode),
            _ => Ending.BadAnswer,
        };
        // A mistake that the predicate takes is one that another target may be able to do something with.
        return ending == Ending.CallerError ? Ending.NotFound : ending;
    }

    private TimeSpan? DelayOf(in Outcome<TResult> outcome)
    {
        if (outcome.Result is not HttpResponseMessage { Headers: var headers })
            return null;
        if (RetryDelay.TryParseMilliseconds(ValueOf(headers, "retry-after-ms"), out var delay))
            return delay;
        return RetryDelay.TryParseRetryAfter(ValueOf(headers, "retry-after"), time.GetUtcNow(), out delay)
            ? delay
            : null;
    }

    private static string? ValueOf(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;

    // A result that is passed over belongs to nobody.
    private static async ValueTask DropAsync(Outcome<TResult> outcome)
    {
        if (outcome.Result is IAsyncDisposable later)
            await later.DisposeAsync().ConfigureAwait(false);
        else if (outcome.Result is IDisposable now)
            now.Dispose();
    }

    private void NoteSkipped()
    {
        foreach (var skipped in plan.Skipped)
        {
            if (!_skipped.Add(skipped.Target))
                continue;
            // A target that cools down was rate-limited in another execution; this one only finds it held.
            var why = skipped.Why == Ending.RateLimited ? Ending.Held : skipped.Why;
            _reports.Add(new AttemptReport(breakers[skipped.Target].Name, why, TimeSpan.Zero) { WasSent = false });
        }
    }
}

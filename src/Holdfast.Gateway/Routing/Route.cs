using Holdfast.Failover;
using Holdfast.Gateway.Calls;
using Holdfast.Gateway.Validation;
using Holdfast.Retrying;

namespace Holdfast.Gateway.Routing;

/// <summary>A name that callers send, and its targets in the order in which they are tried.</summary>
internal sealed class Route(string name, IReadOnlyList<Target> targets, RetryOptions retry, TimeSpan callTimeout)
{
    private Route[]? _parts;

    public string Name { get; } = name;

    public IReadOnlyList<Target> Targets { get; } = targets;

    /// <summary>The call's one retry budget.</summary>
    public RetryOptions Retry { get; } = retry;

    /// <summary>The whole call's limit.</summary>
    public TimeSpan CallTimeout { get; } = callTimeout;

    public FailoverStrategy Strategy { get; init; }

    /// <summary>How many targets the parallel strategy asks at once.</summary>
    public int MaxConcurrent { get; init; } = 3;

    /// <summary>When a second target is tried beside a slow first; null: never.</summary>
    public HedgeOptions? Hedge { get; init; }

    /// <summary>What is left of the hedges' share of the calls; set where <see cref="Hedge"/> is.</summary>
    public HedgeBudget? HedgeBudget { get; init; }

    /// <summary>Says whether an answer is a good one; null: every answer is.</summary>
    public AnswerValidator? Validator { get; init; }

    /// <summary>A stream that breaks after its first token goes on at the next target that can.</summary>
    public bool ContinueStreams { get; init; }

    /// <summary>Outcomes that may go on to the next target; null: those of the table.</summary>
    public IReadOnlySet<Outcome>? FailoverOn { get; init; }

    /// <summary>The configuration names it; otherwise a caller put it together as <c>provider/model</c>.</summary>
    public bool IsConfigured { get; init; } = true;

    /// <summary>
    /// The route with only those of its targets that can be asked for the operation; null when none can. What a target
    /// cannot do is no reason to fall back: it has no part in such a call.
    /// </summary>
    public Route? For(Operation operation)
    {
        var offering = 0;
        foreach (var target in Targets)
        {
            offering += target.Provider.Type.Offers(operation) ? 1 : 0;
        }

        return offering == 0 ? null
            : offering == Targets.Count && operation != Operation.PassThrough ? this
            : Part(operation);
    }

    /// <summary>Whether <paramref name="outcome"/> at one target lets the call go on to the next.</summary>
    public bool ShouldFailOver(Outcome outcome) =>
        outcome.Rule().NextTarget && FailoverOn?.Contains(outcome) != false;

    /// <summary>Made once for each operation; two calls at the same time may both make it.</summary>
    private Route Part(Operation operation)
    {
        // What a path does is not known, so it is done once, by one target at a time, and nobody judges its answer.
        var isPassed = operation == Operation.PassThrough;
        var parts = _parts ??= new Route[Enum.GetValues<Operation>().Length];
        return parts[(int)operation] ??= new Route(
            Name, [.. Targets.Where(target => target.Provider.Type.Offers(operation))],
            isPassed ? Retry with { MaxRetries = 0 } : Retry, CallTimeout)
        {
            Strategy = isPassed ? FailoverStrategy.Sequential : Strategy,
            MaxConcurrent = MaxConcurrent,
            Hedge = isPassed ? null : Hedge,
            HedgeBudget = isPassed ? null : HedgeBudget,
            Validator = isPassed ? null : Validator,
            FailoverOn = FailoverOn,
            ContinueStreams = ContinueStreams && !isPassed,
            IsConfigured = IsConfigured,
        };
    }
}

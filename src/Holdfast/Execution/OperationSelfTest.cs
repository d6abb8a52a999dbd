using Holdfast.Failover;

namespace Holdfast.Execution;

/// <summary>
/// Injects each kind of fault at each target of a copy of the operation, which has breakers and statistics of its own:
/// what the operation itself knows of its targets stays as it is.
/// </summary>
internal sealed class OperationSelfTest<T>(string name, IReadOnlyList<OperationTarget<T>> targets,
    OperationOptions<T> options, TimeProvider time, int seed)
{
    // How long a target that never answers is waited for: the test is of what follows.
    private static readonly TimeSpan Silence = TimeSpan.FromMilliseconds(50);

    private static readonly Outcome[] Faults =
    [
        Outcome.Refused, Outcome.Timeout, Outcome.ServerError, Outcome.BadAnswer, Outcome.RateLimited, Outcome.Quota,
        Outcome.Auth, Outcome.CircuitOpen,
    ];

    public async Task<IReadOnlyList<SelfTestCheck>> RunAsync(CancellationToken cancellation)
    {
        var checks = new List<SelfTestCheck>();
        foreach (var fault in Faults)
        {
            foreach (var target in targets)
                checks.Add(await CheckAsync(fault, target.Name, cancellation).ConfigureAwait(false));
            checks.Add(await CheckAsync(fault, null, cancellation).ConfigureAwait(false));
        }

        return checks;
    }

    private async Task<SelfTestCheck> CheckAsync(Outcome fault, string? at, CancellationToken cancellation)
    {
        var copy = new ResilientOperation<T>(
            $"{name} (self test)", [.. targets.Select(target => With(fault, at, target))],
            options with { Retry = options.Retry with { BaseDelay = TimeSpan.Zero, MaxDelay = TimeSpan.Zero } },
            time, seed);
        if (fault == Outcome.CircuitOpen)
        {
            foreach (var target in targets.Where(target => IsHit(target, at)))
                copy.Isolate(target.Name);
        }

        try
        {
            var result = await copy.ExecuteAsync(cancellation).ConfigureAwait(false);
            options.Discard?.Invoke(result.Value);
            return new SelfTestCheck(fault, at, at is not null, $"{result.Target} answered", result.Attempts);
        }
        catch (ResilienceException failure)
        {
            var isNamed = targets.All(target => failure.Attempts.Any(one => one.Target == target.Name));
            return new SelfTestCheck(fault, at, at is null && isNamed, failure.Message, failure.Attempts);
        }
    }

    private static bool IsHit(OperationTarget<T> target, string? at) => at is null || target.Name == at;

    private OperationTarget<T> With(Outcome fault, string? at, OperationTarget<T> target)
    {
        if (!IsHit(target, at) || fault == Outcome.CircuitOpen)
            return target;
        return target with
        {
            Run = async token =>
            {
                if (fault == Outcome.Timeout)
                    await Task.Delay(Silence, time, token).ConfigureAwait(false);
                throw new InjectedFaultException(fault);
            },
        };
    }
}

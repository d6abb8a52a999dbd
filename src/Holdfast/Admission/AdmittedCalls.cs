using System.Runtime.ExceptionServices;
using Holdfast.Execution;
using Holdfast.Failover;
using Holdfast.Retrying;

namespace Holdfast.Admission;

/// <summary>
/// Runs operations through a queue: each waits for its place, and one that fails in a way that can pass is repeated,
/// from the end of the line, so that repeats take no places from first tries. Thread-safe.
/// </summary>
/// <param name="queue">Where they wait.</param>
/// <param name="retry">How often and how patiently they are repeated. Three times by default.</param>
/// <param name="time">The clock.</param>
/// <param name="random">The source of jitter, used by nobody else.</param>
/// <exception cref="ArgumentNullException">An argument is null.</exception>
public sealed class AdmittedCalls(AdmissionQueue queue, RetryOptions retry, TimeProvider time, Random random)
{
    private readonly AdmissionQueue _queue = queue ?? throw new ArgumentNullException(nameof(queue));
    private readonly RetryOptions _retry = retry ?? throw new ArgumentNullException(nameof(retry));
    private readonly TimeProvider _time = time ?? throw new ArgumentNullException(nameof(time));
    private readonly Backoff _backoff = new(random);

    /// <summary>Runs one.</summary>
    /// <typeparam name="T">What it makes.</typeparam>
    /// <param name="operation">The operation.</param>
    /// <param name="request">How it asks to be let in.</param>
    /// <param name="cancellationToken">Struck when nobody waits for the answer any more.</param>
    /// <exception cref="ArgumentNullException">The operation is null.</exception>
    /// <exception cref="AdmissionRefusedException">
    /// It was not let in, and nothing of it was done. When a repeat is not let in, what the operation threw before is
    /// thrown and not this.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was struck.</exception>
    public async ValueTask<T> RunAsync<T>(Func<CancellationToken, ValueTask<T>> operation,
        AdmissionRequest request = default, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(operation);
        ExceptionDispatchInfo? failure = null;
        for (var repeat = 0; ; repeat++)
        {
            var admission = await _queue.EnterAsync(request, cancellationToken).ConfigureAwait(false);
            if (cancellationToken.IsCancellationRequested)
            {
                // The place may have come just before the token was struck.
                admission.Lease.Withdraw();
                cancellationToken.ThrowIfCancellationRequested();
            }

            if (!admission.IsAdmitted)
            {
                failure?.Throw();
                throw new AdmissionRefusedException(admission.Refusal, admission.RetryAfter);
            }

            TimeSpan wait;
            try
            {
                var made = await operation(cancellationToken).ConfigureAwait(false);
                admission.Lease.Succeeded();
                return made;
            }
            catch (Exception) when (cancellationToken.IsCancellationRequested)
            {
                admission.Lease.Dispose();
                throw;
            }
            catch (Exception exception)
            {
                var outcome = ExceptionOutcomes.Of(exception);
                if (SaysTooMany(exception, outcome))
                    admission.Lease.Overloaded();
                else
                    admission.Lease.Failed();
                wait = _backoff.Delay(_retry, repeat, serverDelay: null);
                if (repeat >= _retry.MaxRetries || _retry.RuleFor(outcome) == RepeatRule.Never
                    || !request.Deadline.Fits(wait))
                    throw;
                failure = ExceptionDispatchInfo.Capture(exception);
            }

            await Task.Delay(wait, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    // What an open circuit below keeps away is left alone for a while as well, but no target has said so.
    private static bool SaysTooMany(Exception exception, Outcome outcome) => exception switch
    {
        ModelUnavailableException { Why: var why } => why == Outcome.RateLimited,
        ResilienceException { Attempts: var attempts } =>
            attempts.Any(attempt => attempt is { Outcome: Outcome.RateLimited, WasSent: true }),
        _ => outcome == Outcome.RateLimited,
    };
}

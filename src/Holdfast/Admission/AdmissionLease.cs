namespace Holdfast.Admission;

/// <summary>
/// A call's place among those that run. Give it back once, with one of <see cref="Succeeded"/>, <see cref="Failed"/>,
/// <see cref="Withdraw"/> and <see cref="Dispose"/>, on any thread; what is said after the first is ignored, copies
/// included. <c>default(AdmissionLease)</c> holds no place and is harmless.
/// </summary>
public readonly struct AdmissionLease : IDisposable, IEquatable<AdmissionLease>
{
    private readonly AdmissionQueue? _queue;
    private readonly int _place;
    private readonly long _generation;

    internal AdmissionLease(AdmissionQueue queue, int place, long generation)
    {
        _queue = queue;
        _place = place;
        _generation = generation;
    }

    internal AdmissionQueue? Queue => _queue;

    internal int Place => _place;

    internal long Generation => _generation;

    /// <summary>Gives the place back: the call did its work.</summary>
    public void Succeeded() => _queue?.Leave(_place, _generation, AdmissionEnding.Succeeded);

    /// <summary>Gives the place back: the call failed.</summary>
    public void Failed() => _queue?.Leave(_place, _generation, AdmissionEnding.Failed);

    /// <summary>
    /// Gives the place back: the call was turned away because there are too many of them. It counts as a failure, and
    /// an adaptive limit goes down.
    /// </summary>
    public void Overloaded() => _queue?.Leave(_place, _generation, AdmissionEnding.Overloaded);

    /// <summary>
    /// Gives the place back: the server refused the call for what it asks, and did nothing for it. That says nothing
    /// about how the server does.
    /// </summary>
    public void Refused() => _queue?.Leave(_place, _generation, AdmissionEnding.Refused);

    /// <summary>
    /// Tells what the server said of its limits in the answer to this call, so that later calls keep below them. Does
    /// nothing once the place is given back.
    /// </summary>
    /// <param name="requests">What it said of calls; null when nothing.</param>
    /// <param name="tokens">What it said of tokens; null when nothing.</param>
    /// <param name="account">
    /// Whose limits it spoke of, told apart by <see cref="object.Equals(object?)"/>: for calls of several models, say,
    /// of which nobody knows whether they draw on one limit. All calls are taken off what was said of each, and the
    /// strictest holds. Null, the default, where all draw on the same.
    /// </param>
    /// <param name="alike">
    /// Other accounts that are taken for the same one. What was said counts for them, too, except where it can't have
    /// been said of them: more is left than they were told before, and it hasn't come back since. Null, the default:
    /// none.
    /// </param>
    public void Learned(in RateLimitReading? requests, in RateLimitReading? tokens, object? account = null,
        IReadOnlyCollection<object>? alike = null) =>
        _queue?.Learn(_place, _generation, requests, tokens, account, alike);

    /// <summary>
    /// The call keeps its place and waits in it for something else, as for a server's limit. Until
    /// <see cref="GoOn"/> it counts as one that waits: the time is no run time.
    /// </summary>
    public void Pause() => _queue?.Pause(_place, _generation);

    /// <summary>The wait that began with <see cref="Pause"/> is over. Does nothing without one.</summary>
    public void GoOn() => _queue?.GoOn(_place, _generation);

    /// <summary>
    /// Gives the place back: nothing was begun in it. The call counts neither as admitted nor in any average; a
    /// throttle has counted it all the same.
    /// </summary>
    public void Withdraw() => _queue?.Withdraw(_place, _generation);

    /// <summary>
    /// Gives the place back and says nothing about how the call ended, as when its caller has left: the server may
    /// work on it, so what it takes of the server's limits stays taken until the server speaks again.
    /// </summary>
    public void Dispose() => _queue?.Leave(_place, _generation, AdmissionEnding.Unknown);

    /// <inheritdoc/>
    public bool Equals(AdmissionLease other) =>
        _queue == other._queue && _place == other._place && _generation == other._generation;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is AdmissionLease other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_queue, _place, _generation);

    /// <summary>Whether two are the same place of the same call.</summary>
    public static bool operator ==(AdmissionLease left, AdmissionLease right) => left.Equals(right);

    /// <summary>Whether two are not the same place of the same call.</summary>
    public static bool operator !=(AdmissionLease left, AdmissionLease right) => !left.Equals(right);
}

namespace Holdfast.CircuitBreaking;

/// <summary>
/// The right to make one call, taken with <see cref="CircuitBreaker.TryAcquire"/>. It outlives the method that took
/// it: a stream's outcome is known long after its first token. Tell the outcome with one of
/// <see cref="Succeeded"/>, <see cref="Failed"/> and <see cref="Abandoned"/>, on any thread. A probe's permit settles
/// once, whatever is said after that is ignored; what comes after the circuit changed its state is ignored too.
/// <c>default(CircuitPermit)</c> belongs to no breaker and is harmless.
/// </summary>
public readonly struct CircuitPermit
{
    private readonly CircuitBreaker? _breaker;
    private readonly long _generation;
    private readonly long _probe;

    internal CircuitPermit(CircuitBreaker breaker, long generation, long probe)
    {
        _breaker = breaker;
        _generation = generation;
        _probe = probe;
    }

    /// <summary>Whether the call is a probe of a half-open circuit.</summary>
    public bool IsProbe => _probe != 0;

    /// <summary>
    /// Says that the call has begun to answer well (a stream's first token). A probe counts as a success from here and
    /// gives its place to the next one; a failure after it still reopens the circuit. In the closed state it says
    /// nothing, or streams that all break after their first token would never open the circuit.
    /// </summary>
    public void Committed()
    {
        if (_probe != 0)
            _breaker?.Commit(_generation, _probe);
    }

    /// <summary>Settles: the target did its work.</summary>
    public void Succeeded() => _breaker?.Succeed(_generation, _probe);

    /// <summary>Settles: the target failed, and it counts.</summary>
    public void Failed() => _breaker?.Fail(_generation, _probe);

    /// <summary>Settles: the call says nothing about the target. A probe's place is given back.</summary>
    public void Abandoned()
    {
        if (_probe != 0)
            _breaker?.Abandon(_generation, _probe);
    }
}

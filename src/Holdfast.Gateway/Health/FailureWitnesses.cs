namespace Holdfast.Gateway.Health;

/// <summary>
/// Who has seen a target fail since it last worked. A request can be such that every provider answers it with a 500,
/// and its caller can send as many like it as it pleases; so what only one caller has seen is its own affair until
/// another one sees it too, a check does, or a call fails in a way that nothing in a request can bring about.
/// Thread-safe.
/// </summary>
internal sealed class FailureWitnesses
{
    private readonly Lock _gate = new();
    private volatile bool _isAny;
    private volatile bool _areEnough;
    private string? _caller;

    /// <summary>The target fails, and it is not one caller's doing.</summary>
    public bool AreEnough => _areEnough;

    /// <summary>A caller has seen a failure that its request may have brought about.</summary>
    /// <param name="caller">Whoever it is, under any name that is always the same.</param>
    /// <returns>True when this made them enough.</returns>
    public bool Saw(string caller)
    {
        lock (_gate)
        {
            _isAny = true;
            _caller ??= caller;
            return caller != _caller && EnoughUnderLock();
        }
    }

    /// <summary>A failure that is nobody's request's.</summary>
    /// <returns>True when this made them enough.</returns>
    public bool Proved()
    {
        lock (_gate)
        {
            _isAny = true;
            return EnoughUnderLock();
        }
    }

    /// <summary>The target works.</summary>
    public void Worked()
    {
        // Nearly always there is nothing to forget.
        if (!_isAny)
        {
            return;
        }

        lock (_gate)
        {
            (_isAny, _areEnough, _caller) = (false, false, null);
        }
    }

    private bool EnoughUnderLock()
    {
        var isNew = !_areEnough;
        _areEnough = true;
        return isNew;
    }
}

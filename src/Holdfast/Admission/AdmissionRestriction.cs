namespace Holdfast.Admission;

/// <summary>
/// What a queue keeps away from the less urgent for a while, because something is wrong.
/// <c>default(AdmissionRestriction)</c> keeps away nothing.
/// </summary>
public readonly record struct AdmissionRestriction
{
    // Counted from the other end, so that the default lets in all.
    private readonly int _refused;
    private readonly double _reserved;

    /// <summary>
    /// The least urgent priority that is let in at all, 0 to 9; calls below it are refused as
    /// <see cref="AdmissionRefusal.Shed"/>, those that wait already too. Default 9: all are let in.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is out of range.</exception>
    public int LeastUrgent
    {
        get => AdmissionPriority.Lowest - _refused;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, AdmissionPriority.Highest);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, AdmissionPriority.Lowest);
            _refused = AdmissionPriority.Lowest - value;
        }
    }

    /// <summary>
    /// The share of the places that calls less urgent than normal leave free, 0 to 1: they wait where others would be
    /// let in. One place is never reserved. Says nothing where there is no limit of calls at once. Default 0.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is out of range.</exception>
    public double Reserved
    {
        get => _reserved;
        init
        {
            if (!(value >= 0 && value <= 1))
                throw new ArgumentOutOfRangeException(nameof(value), value, "0 to 1");
            _reserved = value;
        }
    }
}

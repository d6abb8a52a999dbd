using Holdfast.Timeouts;

namespace Holdfast.Admission;

/// <summary>
/// What a call tells when it asks to be let in. <c>default(AdmissionRequest)</c> is a call of normal priority that
/// belongs to nobody and has no deadline.
/// </summary>
public readonly record struct AdmissionRequest
{
    // Counted from normal, so that the default is normal.
    private readonly int _fromNormal;
    private readonly long _tokens;

    /// <summary>
    /// From <see cref="AdmissionPriority.Highest"/> (0) to <see cref="AdmissionPriority.Lowest"/> (9). Default
    /// <see cref="AdmissionPriority.Normal"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is out of range.</exception>
    public int Priority
    {
        get => _fromNormal + AdmissionPriority.Normal;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, AdmissionPriority.Highest);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, AdmissionPriority.Lowest);
            _fromNormal = value - AdmissionPriority.Normal;
        }
    }

    /// <summary>
    /// Who shares: within one priority, the callers of different keys get equal shares, however many calls each of them
    /// has waiting. Null, the default: all who say nothing are one.
    /// </summary>
    public string? Key { get; init; }

    /// <summary>
    /// What the call will cost of a server's token limit, by an estimate; 0 or more. Default 0: it costs none.
    /// </summary>
    public long Tokens
    {
        get => _tokens;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _tokens = value;
        }
    }

    /// <summary>
    /// The end of the call. One whose wait would not end before it is refused at once. Default: none.
    /// </summary>
    public Deadline Deadline { get; init; }
}

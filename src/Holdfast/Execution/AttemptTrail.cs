using System.Collections;
using Holdfast.Failover;

namespace Holdfast.Execution;

/// <summary>All that a call tried and passed over, in the order it happened. Never changes.</summary>
public sealed class AttemptTrail : IReadOnlyList<AttemptReport>
{
    private readonly string? _target;
    private readonly TimeSpan _duration;
    private AttemptReport[]? _reports;

    /// <summary>Makes one that holds these reports.</summary>
    /// <param name="reports">The reports, in order. They are copied.</param>
    /// <exception cref="ArgumentNullException">There are none, not even an empty list.</exception>
    public AttemptTrail(IEnumerable<AttemptReport> reports)
    {
        ArgumentNullException.ThrowIfNull(reports);
        _reports = [.. reports];
    }

    /// <summary>
    /// The trail of nearly every call: one good attempt. Its report is made when somebody reads it.
    /// </summary>
    internal AttemptTrail(string target, TimeSpan duration)
    {
        _target = target;
        _duration = duration;
    }

    /// <summary>The trail of a call that touched no target.</summary>
    public static AttemptTrail Empty { get; } = new([]);

    /// <inheritdoc/>
    public int Count => _target is null ? _reports!.Length : 1;

    /// <summary>How many attempts were really sent: repeats included, targets that were passed over not.</summary>
    public int SentCount => _target is null ? _reports!.Count(report => report.WasSent) : 1;

    /// <summary>Whether waiting can help: one of the outcomes is recoverable. False for an empty trail.</summary>
    public bool IsRecoverable => _target is null && _reports!.Any(report => report.Outcome.IsRecoverable());

    /// <summary>The target that answered, where there was one good attempt and nothing else; else null.</summary>
    internal string? OnlyTarget => _target;

    /// <summary>The time of all attempts together.</summary>
    internal TimeSpan InAttempts
    {
        get
        {
            var sum = _duration;
            if (_target is null)
                foreach (var report in _reports!)
                    sum += report.Duration;
            return sum;
        }
    }

    private AttemptReport[] Reports
    {
        get
        {
            if (_reports is null)
                Interlocked.CompareExchange(
                    ref _reports, [new AttemptReport(_target!, Outcome.Ok, _duration)], null);
            return _reports;
        }
    }

    /// <inheritdoc/>
    public AttemptReport this[int index] => Reports[index];

    /// <inheritdoc/>
    public IEnumerator<AttemptReport> GetEnumerator() => Reports.AsEnumerable().GetEnumerator();

    /// <summary>
    /// As in the header <c>x-holdfast-attempted</c>: <c>openai/gpt-4o:timeout,anthropic/claude:ok</c>.
    /// </summary>
    public override string ToString() =>
        string.Join(',', Reports.Select(report => $"{report.Target}:{report.Outcome.Word()}"));

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

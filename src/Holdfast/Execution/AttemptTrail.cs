using System.Collections;
using Holdfast.Failover;

namespace Holdfast.Execution;

/// <summary>All that a call tried and passed over, in the order it happened. Never changes.</summary>
public sealed class AttemptTrail : IReadOnlyList<AttemptReport>
{
    private readonly AttemptReport[] _reports;

    /// <summary>Makes one that holds these reports.</summary>
    /// <param name="reports">The reports, in order. They are copied.</param>
    /// <exception cref="ArgumentNullException">There are none, not even an empty list.</exception>
    public AttemptTrail(IEnumerable<AttemptReport> reports)
    {
        ArgumentNullException.ThrowIfNull(reports);
        _reports = [.. reports];
    }

    /// <summary>The trail of a call that touched no target.</summary>
    public static AttemptTrail Empty { get; } = new([]);

    /// <inheritdoc/>
    public int Count => _reports.Length;

    /// <summary>How many attempts were really sent: repeats included, targets that were passed over not.</summary>
    public int SentCount => _reports.Count(report => report.WasSent);

    /// <summary>Whether waiting can help: one of the outcomes is recoverable. False for an empty trail.</summary>
    public bool IsRecoverable => _reports.Any(report => report.Outcome.IsRecoverable());

    /// <inheritdoc/>
    public AttemptReport this[int index] => _reports[index];

    /// <inheritdoc/>
    public IEnumerator<AttemptReport> GetEnumerator() => _reports.AsEnumerable().GetEnumerator();

    /// <summary>
    /// As in the header <c>x-holdfast-attempted</c>: <c>openai/gpt-4o:timeout,anthropic/claude:ok</c>.
    /// </summary>
    public override string ToString() =>
        string.Join(',', _reports.Select(report => $"{report.Target}:{report.Outcome.Word()}"));

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

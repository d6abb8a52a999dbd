using System.Diagnostics;
using Holdfast.Failover;

namespace Holdfast.Gateway.Calls;

/// <summary>
/// The account of one call, with every attempt. The code that serves the call fills it in; observers read it when the
/// call is over. Attempts may be added by several threads, the rest is one thread's at a time.
/// </summary>
internal sealed class CallRecord(CallRequest request)
{
    private readonly Lock _adding = new();
    private volatile AttemptRecord[] _attempts = [];
    private volatile string? _asked;

    public CallRequest Request { get; } = request;

    /// <summary>The call's span; null while nobody traces.</summary>
    public Activity? Span { get; set; }

    /// <summary>The model's name for metrics: the caller's where the configuration has it, else <c>other</c>.</summary>
    public string ModelLabel { get; set; } = "other";

    public IReadOnlyList<AttemptRecord> Attempts => _attempts;

    /// <summary>Attempts that really went out.</summary>
    public int Sent { get; private set; }

    /// <summary>Repeats among them.</summary>
    public int Repeats { get; private set; }

    /// <summary>The attempt whose answer the caller got; null without an answer.</summary>
    public AttemptRecord? Winner { get; private set; }

    /// <summary>
    /// The provider that was asked last; null before the first one. May be read while the call is under way.
    /// </summary>
    public string? Asked
    {
        get => _asked;
        set => _asked = value;
    }

    /// <summary>The target that came first in this call's order; null when the call got no route.</summary>
    public (string Provider, string Model)? Primary { get; set; }

    /// <summary>Attempts that were started beside a slow one.</summary>
    public int Hedges { get; set; }

    /// <summary>How often another target went on with the stream of one that broke.</summary>
    public int Continuations { get; set; }

    /// <summary>
    /// A target after the call's first was asked because one before it had failed, was passed over or was hedged.
    /// </summary>
    public bool WentOn { get; set; }

    /// <summary>Such a target gave the answer. A race that the first target merely lost is no fallback.</summary>
    public bool FellBack { get; set; }

    /// <summary>The call's outcome as the caller saw it.</summary>
    public Outcome Outcome { get; set; } = Outcome.Cancelled;

    /// <summary>The status that the caller got.</summary>
    public int HttpStatus { get; set; }

    /// <summary>Why the call failed, or null.</summary>
    public CallError? Error { get; set; }

    public Usage Usage { get; set; }

    /// <summary>From the call's arrival to its first token; null for plain calls and failures.</summary>
    public TimeSpan? TimeToFirstToken { get; set; }

    /// <summary>From the call's arrival to its end.</summary>
    public TimeSpan Duration { get; set; }

    /// <summary>Time until the answer began that passed in waiting for providers and between attempts.</summary>
    public TimeSpan Waited { get; set; }

    /// <summary>How long it waited for a place in the gateway; null where there was no limit to wait for.</summary>
    public TimeSpan? Queued { get; set; }

    /// <summary>
    /// All its waits for places, in the gateway and at targets; null where there was no limit to wait for.
    /// </summary>
    public TimeSpan? QueuedInAll
    {
        get
        {
            var whole = Queued;
            foreach (var attempt in _attempts)
            {
                whole = attempt.Queued is { } queued ? (whole ?? TimeSpan.Zero) + queued : whole;
            }

            return whole;
        }
    }

    /// <summary>Time until the answer began that the gateway itself took; null without an answer.</summary>
    public TimeSpan? Overhead { get; set; }

    /// <summary>The provider's own request id, if it gave one.</summary>
    public string? ProviderRequestId { get; set; }

    /// <summary>Its neighbours in the list of <see cref="CallsInFlight"/>, whose lock guards them.</summary>
    internal CallRecord? Next { get; set; }

    internal CallRecord? Previous { get; set; }

    internal bool IsListed { get; set; }

    /// <summary>Adds what became of one target. May be called while other attempts are under way.</summary>
    public void Add(AttemptRecord attempt)
    {
        lock (_adding)
        {
            _attempts = [.. _attempts, attempt];
            Sent += attempt.WasSent ? 1 : 0;
            Repeats += attempt is { WasSent: true, IsRepeat: true } ? 1 : 0;
        }
    }

    /// <summary>This attempt's answer is the caller's.</summary>
    public void Won(AttemptRecord attempt) => Winner = attempt;

    /// <summary>An attempt was recorded at its first token; this is how it ended.</summary>
    public void Replace(AttemptRecord attempt, AttemptRecord ended)
    {
        lock (_adding)
        {
            _attempts = [.. _attempts.Select(one => ReferenceEquals(one, attempt) ? ended : one)];
            Winner = ReferenceEquals(Winner, attempt) ? ended : Winner;
        }
    }
}

using Holdfast.Failover;

namespace Holdfast.Gateway.Calls;

/// <summary>One target's part in a call: an attempt that was sent, or why none was.</summary>
/// <param name="Provider">The provider's name.</param>
/// <param name="Model">The model's name there.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Duration">From sending to the outcome; for a stream that opened, to its first token.</param>
/// <param name="WasSent">False for a target that was passed over.</param>
internal sealed record AttemptRecord(
    string Provider, string Model, Outcome Outcome, TimeSpan Duration, bool WasSent)
{
    /// <summary>From sending to the answer, or to a stream's first token; zero without either.</summary>
    public TimeSpan Answered { get; init; }

    /// <summary>The HTTP status, when there was one.</summary>
    public int? Status { get; init; }

    /// <summary>What went wrong, in one sentence; null for an answer. May hold the provider's own words.</summary>
    public string? Message { get; init; }

    /// <summary>
    /// Why the answer is not what its route calls a good one; null where it was, or nobody asked. Never holds what the
    /// answer said.
    /// </summary>
    public string? Validation { get; init; }

    /// <summary>It failed on the way there: the provider has seen nothing of the request.</summary>
    public bool NeverArrived { get; init; }

    /// <summary>How long it waited to be let in; null where there was no limit to wait for.</summary>
    public TimeSpan? Queued { get; init; }

    /// <summary>A repeat on a target that this call had tried before.</summary>
    public bool IsRepeat { get; init; }

    /// <summary>The target is named in the configuration; metrics name the model of no other.</summary>
    public bool IsConfigured { get; init; } = true;

    /// <summary>Tokens that the attempt used, as far as the provider said.</summary>
    public Usage Usage { get; init; }
}

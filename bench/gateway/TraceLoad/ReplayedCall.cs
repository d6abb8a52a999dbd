namespace Holdfast.Bench.TraceLoad;

/// <summary>What became of a call. Times are the trace's, in seconds from its first call.</summary>
internal sealed record ReplayedCall(TracedCall Traced, bool Streamed)
{
    /// <summary>From the moment it was due to the end of its answer.</summary>
    public double Took { get; set; }

    /// <summary>How much later than due it was sent: what the load itself was short of.</summary>
    public double SentLate { get; set; }

    /// <summary>The answer is whole: 200, its end, and as many tokens as the trace says.</summary>
    public bool IsGood { get; set; }

    /// <summary>Why it isn't good.</summary>
    public string? Problem { get; set; }

    /// <summary>The provider that answered, by the gateway's header.</summary>
    public string? Provider { get; set; }

    /// <summary>Attempts that the gateway sent, by its header.</summary>
    public int Attempts { get; set; }

    public double EndedAt => Traced.At + Took;
}

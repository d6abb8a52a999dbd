namespace Holdfast.Bench.OverloadLoad;

/// <summary>One call of the load, planned and then made.</summary>
/// <param name="At">When it is due, in seconds from the start.</param>
/// <param name="Priority">high, normal or low.</param>
internal sealed record Call(double At, string Priority)
{
    /// <summary>From the moment it was due to the end of its answer, in seconds.</summary>
    public double Took { get; set; }

    /// <summary>How much later than due it was sent: what the load itself was short of, in seconds.</summary>
    public double SentLate { get; set; }

    /// <summary>The answer's status; 0: no answer at all.</summary>
    public int Status { get; set; }

    public double EndedAt => At + Took;

    public bool IsGood => Status == 200;

    /// <summary>The gateway said at once that there is no room.</summary>
    public bool IsRefused => Status is 429 or 503;
}

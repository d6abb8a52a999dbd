namespace Holdfast.System.Tests.Faults;

/// <summary>How a case must end for its caller.</summary>
internal enum FaultEnding
{
    /// <summary>
    /// It fails before the commit point: the next target's whole answer, and without one the face's error.
    /// </summary>
    Elsewhere,

    /// <summary>It fails later: the text so far, and one explicit error.</summary>
    Cut,

    /// <summary>It is no failure: the target's whole answer.</summary>
    Answered,

    /// <summary>It is no failure, and there is no text: the answer was filtered.</summary>
    Filtered,

    /// <summary>It is the caller's own mistake, and said in the provider's words; nobody else is asked.</summary>
    Passed,

    /// <summary>Whole calls of tools, each with its own arguments.</summary>
    Calls,
}

/// <summary>Which of the failing target's clocks is short; where none is, nothing may strike.</summary>
internal enum FaultClock
{
    None,

    /// <summary>The attempt's, and the first token's.</summary>
    FirstToken,

    /// <summary>The one between tokens.</summary>
    Idle,
}

/// <summary>One thing that goes wrong at a provider.</summary>
/// <param name="Name">In words.</param>
/// <param name="Play">What the provider does.</param>
/// <param name="Ending">What comes of it.</param>
/// <param name="Word">The attempt's outcome in the trail; several, with bars, where the network decides.</param>
internal sealed record FaultCase(string Name, Func<ProviderTurn, Task> Play, FaultEnding Ending, string Word)
{
    /// <summary>Asked without streaming.</summary>
    public bool Plain { get; init; } = true;

    /// <summary>Asked for a stream.</summary>
    public bool Streamed { get; init; } = true;

    public FaultClock Clock { get; init; }

    /// <summary>What the failing provider speaks; null: what the face does.</summary>
    public ProviderVoice? Voice { get; init; }

    /// <summary>The only face that it is tried on; null: both.</summary>
    public FaultFace? Face { get; init; }

    /// <summary>The status on OpenAI's face when nobody else is there.</summary>
    public int AloneStatus { get; init; } = 502;

    /// <summary>What <c>retry-after</c> must be then, in seconds.</summary>
    public (int Least, int Most)? RetryAfter { get; init; }

    /// <summary>Nobody listens at the provider's address.</summary>
    public bool IsRefused { get; init; }

    /// <summary>The provider has two keys.</summary>
    public bool HasTwoKeys { get; init; }

    /// <summary>Afterwards the provider may be left alone for longer than a run lasts.</summary>
    public bool KeepsAway => Word == "quota" || RetryAfter is { Least: >= 60 };

    /// <summary>So many calls at a time are let to the provider; 0: as many as come.</summary>
    public int MaxConcurrency { get; init; }

    /// <summary>A stream that breaks goes on at another target.</summary>
    public bool Continues { get; init; }

    /// <summary>Tried with both targets failing, too.</summary>
    public bool AlsoDown { get; init; }

    /// <summary>
    /// Requests that have come to the provider when the caller leaves; 0: it leaves before its own is whole.
    /// </summary>
    public int LeavesAfter { get; init; }

    public override string ToString() => Name;
}

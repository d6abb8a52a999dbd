namespace Holdfast.Admission;

/// <summary>How urgent a call is, 0 to 9: a lower number goes first. The words are names for three of them.</summary>
public static class AdmissionPriority
{
    /// <summary>The most urgent: 0.</summary>
    public const int Highest = 0;

    /// <summary>Somebody waits and it matters: 2.</summary>
    public const int High = 2;

    /// <summary>What nobody said anything about: 5.</summary>
    public const int Normal = 5;

    /// <summary>It can wait, and is shed first: 8.</summary>
    public const int Low = 8;

    /// <summary>The least urgent: 9.</summary>
    public const int Lowest = 9;

    internal const int Levels = Lowest + 1;
}

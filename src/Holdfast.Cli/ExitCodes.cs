namespace Holdfast.Cli;

/// <summary>What the process ends with.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>It failed; standard error says why.</summary>
    public const int Failed = 1;

    /// <summary>Interrupted: a second signal that would not wait for the orderly end.</summary>
    public const int Interrupted = 130;

    /// <summary>Wrong usage, a wrong configuration, an address that is taken.</summary>
    public const int WrongUsage = 2;
}

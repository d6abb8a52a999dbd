namespace Holdfast.Gateway.Configuration.Import;

/// <summary>What a source may hold at most; anything larger is refused while it is read.</summary>
internal static class SourceLimits
{
    public const int DeepestLevel = 32;

    /// <summary>Every use of an alias counts as the copy it stands for.</summary>
    public const int MostNodes = 100_000;

    /// <summary>A hostile source ends here.</summary>
    public static SourceException TooDeep(int line) => new(line, $"is nested deeper than {DeepestLevel} levels");

    /// <inheritdoc cref="TooDeep"/>
    public static SourceException TooMany(int line) => new(line, $"holds more than {MostNodes} values");
}

/// <summary>Ends the reading of a source that no sense can be made of.</summary>
internal sealed class SourceException(int line, string message) : Exception(message)
{
    public int Line { get; } = line;
}

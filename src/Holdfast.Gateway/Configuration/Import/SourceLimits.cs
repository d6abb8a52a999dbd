namespace Holdfast.Gateway.Configuration.Import;

/// <summary>
/// What a source may hold at most, in whichever format; anything larger is refused while it is read.
/// </summary>
internal static class SourceLimits
{
    public const int DeepestLevel = YamlNodes.DeepestLevel;

    public const int MostNodes = YamlNodes.MostNodes;

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

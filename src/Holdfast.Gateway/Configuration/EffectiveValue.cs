namespace Holdfast.Gateway.Configuration;

/// <summary>One value that is in force, and where it came from.</summary>
/// <param name="Key">Its place in the file, written there or not.</param>
/// <param name="Text">As the file would write it; null when it is a secret, or may be.</param>
/// <param name="Source">Where it came from.</param>
internal sealed record EffectiveValue(string Key, string? Text, ValueSource Source);

/// <summary>Where a value came from.</summary>
/// <param name="Kind">The file, a variable in place of what the file says, or nobody: the built-in default.</param>
/// <param name="File">The file, when it is the file's.</param>
/// <param name="Line">The line, when it is the file's.</param>
/// <param name="Variables">The variable that it is, or those that the file asked for in it.</param>
/// <param name="InheritedFrom">The key that wrote it, when that isn't this one.</param>
internal sealed record ValueSource(
    ValueSourceKind Kind, string? File, int? Line, IReadOnlyList<string> Variables, string? InheritedFrom)
{
    /// <summary>One phrase for people.</summary>
    public override string ToString()
    {
        var where = Kind switch
        {
            ValueSourceKind.Default => "default",
            ValueSourceKind.Environment => Variables[0],
            _ when Variables.Count > 0 => $"{File}:{Line}, {string.Join(", ", Variables)}",
            _ => $"{File}:{Line}",
        };
        return InheritedFrom is null ? where : $"{where} ({InheritedFrom})";
    }
}

/// <summary>Who said a value.</summary>
internal enum ValueSourceKind
{
    /// <summary>Nobody; it is what holds without a word.</summary>
    Default,

    /// <summary>The configuration file.</summary>
    File,

    /// <summary>A variable that lies over the file.</summary>
    Environment,
}

namespace Holdfast.Gateway.Configuration;

/// <summary>One environment variable that stands for a key of the file.</summary>
/// <param name="Name">The variable, as messages show it.</param>
/// <param name="Path">The key, level by level, as <see cref="Fold"/> writes names, with <c>__</c> between.</param>
/// <param name="Text">The value in the file's own unit, or the path of a file when the path ends so.</param>
/// <param name="Rank">Of several that set the same key the highest wins; equal ones are an error.</param>
internal sealed record VariableOverride(string Name, string Path, string Text, int Rank)
{
    /// <summary>Between the levels of a path.</summary>
    public const string Separator = "__";

    /// <summary>It set something, lost to another one, or was reported: nothing more is to be said about it.</summary>
    public bool IsSettled { get; set; }

    /// <summary>A name as a variable's name can hold it: upper case, anything but letters and digits is '_'.</summary>
    public static string Fold(string name) =>
        string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) ? char.ToUpperInvariant(letter) : '_'));

    /// <summary>The path of a key below these levels, given as the file writes them.</summary>
    public static string PathOf(params IEnumerable<string> keys) => string.Join(Separator, keys.Select(Fold));

    public bool Equals(VariableOverride? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}

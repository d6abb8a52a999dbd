namespace Holdfast.Gateway.Configuration;

/// <summary>One thing that is wrong, or worth knowing, about a configuration.</summary>
/// <param name="File">The name under which the file was given, or <c>environment</c>.</param>
/// <param name="Line">Where, from 1; 0 when it belongs to no line.</param>
/// <param name="Place">The path of keys, e.g. <c>models.fast.targets[1]</c>, or the name of a variable; empty for the
/// whole file.</param>
/// <param name="Message">What is wrong and what is allowed; never a secret's value.</param>
internal sealed record ConfigurationProblem(string File, int Line, string Place, string Message)
{
    public override string ToString()
    {
        var where = Line > 0 ? $"{File}:{Line}" : File;
        return Place.Length > 0 ? $"{where}: {Wording.Short(Place)}: {Message}" : $"{where}: {Message}";
    }
}

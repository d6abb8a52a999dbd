using System.Text.RegularExpressions;

namespace Holdfast.Gateway.Tests.Tidy;

/// <summary>The repository works anywhere: it names no folder of one machine and no registry's host.</summary>
internal static partial class PlaceRules
{
    public static IEnumerable<Finding> Check(IEnumerable<SourceFile> files) =>
        from file in files
        from line in Enumerable.Range(1, file.Lines.Length)
        let place = Place().Match(file.Lines[line - 1])
        where place.Success
        select file.At(line, place.Value, "a path from the root, and the user's own registry");

    [GeneratedRegex(@"(?<![\w.~/-])/wor[k]/|registry\.npm[j]s|(?<!\w)\.librar[y]\b")]
    private static partial Regex Place();
}

using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Holdfast.Gateway.Tests.Tidy;

/// <summary>A warning that is switched off says why, on its line or on the one above.</summary>
internal static partial class SuppressionRules
{
    private const string Allowed = "a reason on the same line or the one above";

    public static IEnumerable<Finding> Check(IEnumerable<SourceFile> files) =>
        files.SelectMany(file => file.IsCSharp
            ? [.. Pragmas(file), .. Attributes(file)]
            : file.Has("csproj", "props", "targets") ? InProject(file) : []);

    private static IEnumerable<Finding> InProject(SourceFile file) =>
        from line in Enumerable.Range(1, file.Lines.Length)
        let text = file.Lines[line - 1]
        let match = Silenced().Match(text)
        where match.Success && AddsSomething(match.Groups["value"].Value)
        where !text.Contains("<!--", StringComparison.Ordinal)
            && !Above(file, line).EndsWith("-->", StringComparison.Ordinal)
        select file.At(line, text.Trim(), Allowed);

    private static IEnumerable<Finding> Pragmas(SourceFile file) =>
        from directive in file.Syntax.DescendantNodes(descendIntoTrivia: true)
            .OfType<PragmaWarningDirectiveTriviaSyntax>()
        where directive.DisableOrRestoreKeyword.ValueText == "disable"
        let line = SourceFile.LineOf(directive)
        where !file.Lines[line - 1].Contains("//", StringComparison.Ordinal) && !IsComment(Above(file, line))
        select file.At(line, directive.ToString().Trim(), Allowed);

    private static IEnumerable<Finding> Attributes(SourceFile file) =>
        from attribute in file.Syntax.DescendantNodes().OfType<AttributeSyntax>()
        where attribute.Name.ToString() is var name && name.Contains("SuppressMessage", StringComparison.Ordinal)
        where !attribute.ToString().Contains("Justification", StringComparison.Ordinal)
        let line = SourceFile.LineOf(attribute)
        where !file.Lines[line - 1].Contains("//", StringComparison.Ordinal) && !IsComment(Above(file, line))
        select file.At(line, attribute.Name.ToString(), "a Justification, or " + Allowed);

    /// <summary>Properties alone, such as <c>$(NoWarn.Replace(…))</c>, silence nothing new.</summary>
    private static bool AddsSomething(string value) =>
        Properties().Replace(value, "").Trim(' ', ';').Length > 0;

    private static string Above(SourceFile file, int line) => line > 1 ? file.Lines[line - 2].Trim() : "";

    private static bool IsComment(string line) => line.StartsWith("//", StringComparison.Ordinal);

    [GeneratedRegex("<(?:NoWarn|WarningsNotAsErrors)[^>]*>(?<value>[^<]*)|NoWarn=\"(?<value>[^\"]*)\"")]
    private static partial Regex Silenced();

    [GeneratedRegex(@"\$\((?:[^()]|\([^()]*\))*\)")]
    private static partial Regex Properties();
}

using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Holdfast.Gateway.Tests.Tidy;

/// <summary>
/// How long files, methods and lines may be. Text in a test's multi-line string is data from the wire, which can't be
/// wrapped: it counts neither as a long line nor into its method.
/// </summary>
internal static class SizeRules
{
    public const int SourceLines = 400;
    public const int TestLines = 700;
    public const int MethodLines = 60;
    public const int LineCharacters = 120;

    /// <summary>What may be larger: a file by its path, a method as <c>path Name</c>.</summary>
    public sealed record Exemption(string Name, int Limit, string Reason);

    private sealed record Measure(SourceFile File, int Line, string Name, string Title, int Size, int Limit);

    public static IEnumerable<Finding> Check(IEnumerable<SourceFile> files, IReadOnlyCollection<Exemption> exemptions)
    {
        var measures = files.SelectMany(file => Files(file).Concat(Methods(file))).ToList();
        var tooLarge = measures.Where(measure => measure.Size > measure.Limit).ToList();

        return
        [
            .. from measure in tooLarge
               let limit = LimitOf(measure, exemptions)
               where measure.Size > limit
               select measure.File.At(measure.Line, $"{measure.Title} has {measure.Size} lines", $"{limit} lines"),
            .. from exemption in exemptions
               where tooLarge.All(measure => measure.Name != exemption.Name)
               select new Finding(exemption.Name, 1, "is exempt from its size without need", "no exemption"),
        ];
    }

    public static IEnumerable<Finding> CheckLineLengths(IEnumerable<SourceFile> files) =>
        from file in files
        where file.Has("cs", "ts", "tsx")
        from line in Enumerable.Range(1, file.Lines.Length)
        where file.Lines[line - 1].Length > LineCharacters && !IsWireText(file, line)
        select file.At(line, $"{file.Lines[line - 1].Length} characters", $"{LineCharacters} characters");

    private static int LimitOf(Measure measure, IReadOnlyCollection<Exemption> exemptions) =>
        exemptions.FirstOrDefault(exemption => exemption.Name == measure.Name)?.Limit ?? measure.Limit;

    private static IEnumerable<Measure> Files(SourceFile file)
    {
        if (file.Has("cs", "ts", "tsx"))
            yield return new(file, 1, file.Path, "file", file.Lines.Length, file.IsTest ? TestLines : SourceLines);
    }

    private static IEnumerable<Measure> Methods(SourceFile file)
    {
        if (!file.IsCSharp)
            yield break;

        foreach (var node in file.Syntax.DescendantNodes().Where(IsMethod))
            yield return MethodOf(file, node, FirstToken(node), SourceFile.LastLineOf(node), NameOf(node));

        if (file.Syntax.Members.OfType<GlobalStatementSyntax>().ToList() is [var first, ..] statements)
            yield return MethodOf(file, first, first.GetFirstToken(), SourceFile.LastLineOf(statements[^1]), "Main");
    }

    private static Measure MethodOf(SourceFile file, SyntaxNode node, SyntaxToken first, int last, string name)
    {
        var start = SourceFile.LineOf(first);
        var data = file.IsTest ? WireLines(node).Count(line => line > start && line <= last) : 0;
        return new(file, start, $"{file.Path} {name}", $"method {name}", last - start + 1 - data, MethodLines);
    }

    private static bool IsMethod(SyntaxNode node) =>
        node is BaseMethodDeclarationSyntax or LocalFunctionStatementSyntax or AccessorDeclarationSyntax
            or PropertyDeclarationSyntax { ExpressionBody: not null };

    /// <summary>Attributes and documentation don't count: they stand above the method.</summary>
    private static SyntaxToken FirstToken(SyntaxNode node)
    {
        var attributes = node switch
        {
            MemberDeclarationSyntax member => member.AttributeLists,
            LocalFunctionStatementSyntax local => local.AttributeLists,
            AccessorDeclarationSyntax accessor => accessor.AttributeLists,
            _ => [],
        };
        return attributes.Count > 0 ? attributes[^1].GetLastToken().GetNextToken() : node.GetFirstToken();
    }

    private static string NameOf(SyntaxNode node) => node switch
    {
        MethodDeclarationSyntax method => method.Identifier.ValueText,
        LocalFunctionStatementSyntax local => local.Identifier.ValueText,
        PropertyDeclarationSyntax property => property.Identifier.ValueText,
        AccessorDeclarationSyntax { Parent.Parent: PropertyDeclarationSyntax of } => of.Identifier.ValueText,
        BaseMethodDeclarationSyntax { Parent: TypeDeclarationSyntax type } => type.Identifier.ValueText,
        _ => node.Kind().ToString(),
    };

    private static bool IsWireText(SourceFile file, int line) =>
        file.IsCSharp && file.IsTest && WireLines(file.Syntax).Contains(line);

    /// <summary>The lines between the first and the last of each string that goes over several lines.</summary>
    private static HashSet<int> WireLines(SyntaxNode node) =>
        [.. node.DescendantNodesAndSelf()
            .Where(inner => inner is LiteralExpressionSyntax or InterpolatedStringExpressionSyntax)
            .SelectMany(text => Between(SourceFile.LineOf(text), SourceFile.LastLineOf(text)))];

    private static IEnumerable<int> Between(int first, int last) =>
        last - first > 1 ? Enumerable.Range(first + 1, last - first - 1) : [];
}

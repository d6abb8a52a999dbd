using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Holdfast.Gateway.Tests.Tidy;

/// <summary>What is left behind by work that isn't finished, or waits and swallows where it must not.</summary>
internal static partial class LeftoverRules
{
    private static readonly string[] OtherCode = ["ts", "tsx", "js", "mjs", "py", "sh", "sql", "csproj", "props"];

    private static readonly string[] BlockingCalls = [".Wait", ".GetAwaiter().GetResult"];

    public static IEnumerable<Finding> Check(IEnumerable<SourceFile> files)
    {
        foreach (var file in files.Where(file => file.Under("src", "tests", "bench", "dashboard")))
            foreach (var finding in file.IsCSharp ? InCSharp(file) : InOther(file))
                yield return finding;
    }

    private static IEnumerable<Finding> InCSharp(SourceFile file) =>
    [
        .. from comment in file.Syntax.DescendantTrivia(descendIntoTrivia: false)
           where IsComment(comment)
           from note in Notes().Matches(comment.ToFullString())
           select file.At(LineIn(comment, note.Index), note.Value, "finished work, or an issue"),
        .. from node in file.Syntax.DescendantNodes()
           let found = What(node)
           where found is not null
           select file.At(node, found.Value.What, found.Value.Allowed),
    ];

    private static IEnumerable<Finding> InOther(SourceFile file) =>
        from line in Enumerable.Range(1, file.Has(OtherCode) ? file.Lines.Length : 0)
        let note = Notes().Match(file.Lines[line - 1])
        where note.Success
        select file.At(line, note.Value, "finished work, or an issue");

    private static (string What, string Allowed)? What(SyntaxNode node) => node switch
    {
        IdentifierNameSyntax { Identifier.ValueText: "NotImplementedException" } =>
            ("NotImplementedException", "finished work"),
        MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Sleep" } access
            when access.Expression.ToString() is "Thread" or "System.Threading.Thread" =>
            ("Thread.Sleep", "await, or a fake TimeProvider"),
        MethodDeclarationSyntax { ReturnType: PredefinedTypeSyntax type } method
            when type.Keyword.IsKind(SyntaxKind.VoidKeyword) && method.Modifiers.Any(SyntaxKind.AsyncKeyword) =>
            ("async void", "async Task"),
        LocalFunctionStatementSyntax { ReturnType: PredefinedTypeSyntax type } local
            when type.Keyword.IsKind(SyntaxKind.VoidKeyword) && local.Modifiers.Any(SyntaxKind.AsyncKeyword) =>
            ("async void", "async Task"),
        CatchClauseSyntax { Block.Statements.Count: 0 } clause when !SaysWhy(clause) =>
            ("an empty catch", "to handle it, to log it, or a named exception with the reason as a comment inside"),
        InvocationExpressionSyntax { ArgumentList.Arguments.Count: 0 } call
            when BlockingCalls.Any(blocking => Compact(call.Expression).EndsWith(blocking, StringComparison.Ordinal))
                && !IsCompletedThere(call) => ($"{Compact(call.Expression)}() blocks a thread", "await"),
        MemberAccessExpressionSyntax { Name.Identifier.ValueText: "Result" } access
            when LooksLikeTask(access.Expression) && !IsCompletedThere(access) =>
            ($"{Compact(access)} blocks a thread", "await"),
        _ => null,
    };

    /// <summary>Exceptions that are expected, by name or filter, may be left alone when a comment says why.</summary>
    private static bool SaysWhy(CatchClauseSyntax clause) =>
        (clause.Filter is not null
            || clause.Declaration?.Type.ToString() is not (null or "Exception" or "System.Exception"))
        && clause.Block.DescendantTrivia().Any(IsComment);

    /// <summary>A call that ends in Async, or a variable that is called like a task.</summary>
    private static bool LooksLikeTask(ExpressionSyntax expression) =>
        TaskLike().IsMatch(Compact(expression is InvocationExpressionSyntax call ? call.Expression : expression));

    /// <summary>The result of a task that was seen to be completed is there: reading it doesn't block.</summary>
    private static bool IsCompletedThere(SyntaxNode node) =>
        node.Ancestors().FirstOrDefault(outer => outer is MemberDeclarationSyntax or LocalFunctionStatementSyntax)
            is { } member
        && Completed().IsMatch(member.ToString());

    private static string Compact(SyntaxNode node) => Whitespace().Replace(node.ToString(), "");

    private static bool IsComment(SyntaxTrivia trivia) => trivia.Kind() is SyntaxKind.SingleLineCommentTrivia
        or SyntaxKind.MultiLineCommentTrivia or SyntaxKind.SingleLineDocumentationCommentTrivia
        or SyntaxKind.MultiLineDocumentationCommentTrivia;

    private static int LineIn(SyntaxTrivia trivia, int offset) =>
        trivia.SyntaxTree!.GetLineSpan(new(trivia.FullSpan.Start + offset, 0)).StartLinePosition.Line + 1;

    [GeneratedRegex(@"\b(?:TO[D]O|FIX[M]E|HA[C]K)\b")]
    private static partial Regex Notes();

    [GeneratedRegex(@"(?:Async|[tT]asks?)$")]
    private static partial Regex TaskLike();

    [GeneratedRegex(@"\bIsCompleted(?:Successfully)?\b|\bWhen(?:All|Any)\b")]
    private static partial Regex Completed();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Whitespace();
}

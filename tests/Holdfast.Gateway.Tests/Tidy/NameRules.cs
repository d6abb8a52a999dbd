using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Holdfast.Gateway.Tests.Tidy;

/// <summary>Names say what a thing is; words that fit everything say nothing.</summary>
internal static partial class NameRules
{
    private static readonly HashSet<string> EmptyWords = new(StringComparer.OrdinalIgnoreCase)
    {
        "Manager", "Managers", "Helper", "Helpers", "Util", "Utils", "Utility", "Utilities", "Common", "Base", "Impl",
        "Service", "Services", "Processor", "Processors", "Core", "Shared",
    };

    private static readonly HashSet<string> Allowed = ["GatewayServices"];

    private static readonly string[] TestAttributes = ["Fact", "Theory", "Benchmark"];

    public static IEnumerable<TypeDeclarationSyntax> Classes(SourceFile file) =>
        file.Syntax.DescendantNodes().OfType<TypeDeclarationSyntax>();

    public static IEnumerable<BaseTypeDeclarationSyntax> TopLevelTypes(SourceFile file) =>
        file.Syntax.DescendantNodes(node => node is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax)
            .OfType<BaseTypeDeclarationSyntax>();

    public static IEnumerable<Finding> CheckWords(IEnumerable<SourceFile> files)
    {
        const string Allowed = "a noun from the field";
        var seen = new HashSet<string>();
        foreach (var file in files.Where(file => file.Under("src", "tests", "bench", "dashboard")))
        {
            foreach (var folder in file.Folder.Split('/').Where(folder => IsEmptyWord(folder) && seen.Add(folder)))
                yield return file.At(1, $"folder {folder}", Allowed);
            if (file.Has("cs", "ts", "tsx") && IsEmptyWord(file.Stem))
                yield return file.At(1, $"file {file.Name}", Allowed);
            if (!file.IsCSharp)
                continue;
            foreach (var type in file.Syntax.DescendantNodes().OfType<BaseTypeDeclarationSyntax>())
                if (IsEmptyWord(type.Identifier.ValueText))
                    yield return file.At(type.Identifier, $"type {type.Identifier.ValueText}", Allowed);
        }
    }

    /// <summary>A file is called like a type in it; <c>Type.Part.cs</c> is a part of <c>Type</c>.</summary>
    public static IEnumerable<Finding> CheckFileNames(IEnumerable<SourceFile> files) =>
        from file in files
        where file.IsCSharp && file.Name != "Program.cs"
        let types = TopLevelTypes(file).Select(type => type.Identifier.ValueText)
            .Concat(file.Syntax.DescendantNodes().OfType<DelegateDeclarationSyntax>()
                .Select(type => type.Identifier.ValueText)).ToList()
        where types.Count > 0 && !types.Contains(file.Stem.Split('.')[0])
        select file.At(1, $"file {file.Name} has no type of its name", "one of " + string.Join(", ", types));

    public static IEnumerable<Finding> CheckAsync(IEnumerable<SourceFile> files) =>
        from file in files.Where(file => file.IsCSharp)
        from node in file.Syntax.DescendantNodes()
        let method = Asynchronous(node)
        where method is not null
        select file.At(method.Value, $"asynchronous method {method.Value.ValueText}",
            $"a name that ends in Async, {method.Value.ValueText}Async");

    /// <summary>A class of ours that nobody outside derives from is sealed, static or abstract.</summary>
    public static IEnumerable<Finding> CheckSealed(IReadOnlyCollection<SourceFile> files)
    {
        var sources = files.Where(file => file.IsCSharp && file.Under("src")).ToList();
        var inherited = sources.SelectMany(Classes)
            .SelectMany(type => type.BaseList?.Types.Select(name => Simple(name.Type)) ?? []).ToHashSet();
        var closed = sources.SelectMany(Classes).Where(type => type.Modifiers.Any(modifier => modifier.Kind()
            is SyntaxKind.SealedKeyword or SyntaxKind.StaticKeyword or SyntaxKind.AbstractKeyword))
            .Select(type => type.Identifier.ValueText).ToHashSet();

        return from file in sources
               from type in TopLevelTypes(file)
               where type is ClassDeclarationSyntax || type.IsKind(SyntaxKind.RecordDeclaration)
               where !type.Modifiers.Any(SyntaxKind.PublicKeyword)
               let name = type.Identifier.ValueText
               where !closed.Contains(name) && !inherited.Contains(name)
               select file.At(type.Identifier, $"internal class {name} is open", "internal sealed, static or abstract");
    }

    private static bool IsEmptyWord(string name) =>
        !Allowed.Contains(name) && EmptyWords.Contains(LastWord().Match(name).Value);

    private static SyntaxToken? Asynchronous(SyntaxNode node) => node switch
    {
        MethodDeclarationSyntax { ExplicitInterfaceSpecifier: null } method
            when IsAwaitable(method.ReturnType) && !method.Modifiers.Any(SyntaxKind.OverrideKeyword)
                && method.Identifier.ValueText != "Main" && !IsTest(method)
            => UnlessSaid(method.Identifier),
        LocalFunctionStatementSyntax local when IsAwaitable(local.ReturnType) => UnlessSaid(local.Identifier),
        _ => null,
    };

    private static SyntaxToken? UnlessSaid(SyntaxToken name) =>
        name.ValueText.EndsWith("Async", StringComparison.Ordinal) ? null : name;

    private static bool IsAwaitable(TypeSyntax type) => Simple(type) is "Task" or "ValueTask" or "IAsyncEnumerable";

    private static bool IsTest(MethodDeclarationSyntax method) => method.AttributeLists
        .SelectMany(list => list.Attributes)
        .Select(attribute => Simple(attribute.Name))
        .Any(name => TestAttributes.Any(known => name.Contains(known, StringComparison.Ordinal)));

    private static string Simple(TypeSyntax type) => type switch
    {
        QualifiedNameSyntax qualified => qualified.Right.Identifier.ValueText,
        AliasQualifiedNameSyntax alias => alias.Name.Identifier.ValueText,
        SimpleNameSyntax simple => simple.Identifier.ValueText,
        NullableTypeSyntax nullable => Simple(nullable.ElementType),
        _ => "",
    };

    [GeneratedRegex("([A-Z]?[a-z0-9]+|[A-Z]+)$")]
    private static partial Regex LastWord();
}

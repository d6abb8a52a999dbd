using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Holdfast.Gateway.Tests.Tidy;

/// <summary>A text file of the repository; its path is relative to the root and has forward slashes.</summary>
internal sealed class SourceFile(string path, string text)
{
    private static readonly CSharpParseOptions ParseOptions =
        CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Preview);

    private readonly Lazy<CompilationUnitSyntax> _syntax =
        new(() => CSharpSyntaxTree.ParseText(text, ParseOptions).GetCompilationUnitRoot());

    private readonly Lazy<string[]> _lines = new(() => text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n'));

    public string Path => path;

    public string Text => text;

    public string[] Lines => _lines.Value;

    public CompilationUnitSyntax Syntax => _syntax.Value;

    public string Folder => path.Contains('/') ? path[..path.LastIndexOf('/')] : "";

    public string Name => path[(path.LastIndexOf('/') + 1)..];

    public string Stem => System.IO.Path.GetFileNameWithoutExtension(path);

    public bool IsCSharp => Has("cs");

    public bool IsTest => Under("tests");

    public bool Has(params string[] extensions) => extensions.Any(extension => path.EndsWith("." + extension,
        StringComparison.OrdinalIgnoreCase));

    public bool Under(params string[] folders) =>
        folders.Any(folder => path.StartsWith(folder + "/", StringComparison.Ordinal));

    public Finding At(int line, string what, string allowed) => new(path, line, what, allowed);

    public Finding At(SyntaxNodeOrToken place, string what, string allowed) => At(LineOf(place), what, allowed);

    public static int LineOf(SyntaxNodeOrToken place) => SpanOf(place).StartLinePosition.Line + 1;

    public static int LastLineOf(SyntaxNodeOrToken place) => SpanOf(place).EndLinePosition.Line + 1;

    private static FileLinePositionSpan SpanOf(SyntaxNodeOrToken place) => place.GetLocation()!.GetLineSpan();
}

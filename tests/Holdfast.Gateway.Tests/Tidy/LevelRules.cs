using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Holdfast.Gateway.Tests.Tidy;

/// <summary>
/// Inside the gateway a folder uses only lower levels, and its own level where that makes no circle. The files at the
/// gateway's root are the table of contents and may use everything.
/// </summary>
internal static class LevelRules
{
    private const string GatewayFolder = "src/Holdfast.Gateway/";

    private static readonly string[][] Levels =
    [
        ["Calls", "Observability", "Shutdown"],
        ["Providers", "Storage", "SharedState", "Security"],
        ["Caching", "Prompts", "Costs", "Alerts", "Tenants", "Health", "Modes", "Validation", "Admission"],
        ["Routing"],
        ["Batches", "AsyncQueue"],
        ["OpenAiApi", "AnthropicApi", "Dashboard", "Failsafe", "Admin"],
        ["Configuration"],
    ];

    private sealed record Use(string From, string To, SourceFile File, int Line);

    public static IEnumerable<Finding> Check(IEnumerable<SourceFile> files)
    {
        var sources = files
            .Where(file => file.IsCSharp && file.Path.StartsWith(GatewayFolder, StringComparison.Ordinal)).ToList();
        var types = TypesByFolder(sources);
        var uses = sources.SelectMany(file => Uses(file, types)).ToList();

        return
        [
            .. sources.SelectMany(Unplaced),
            .. sources.SelectMany(GlobalUsings),
            .. Upward(uses),
            .. Circles(uses),
        ];
    }

    /// <summary>The namespace of every source and test file is its project's name and its folders.</summary>
    public static IEnumerable<Finding> CheckNamespaces(IEnumerable<SourceFile> files) =>
        from file in files
        where file.IsCSharp && file.Under("src", "tests") && file.Folder.Contains('/')
        let expected = string.Join('.', file.Folder.Split('/')[1..])
        from declared in file.Syntax.DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>()
        where declared.Name.ToString() != expected
        select file.At(declared, $"namespace {declared.Name}", $"its folder's, {expected}");

    private static int LevelOf(string folder) => Array.FindIndex(Levels, level => level.Contains(folder));

    private static string? FolderOf(SourceFile file) =>
        file.Path[GatewayFolder.Length..].Split('/') is [var folder, _, ..] ? folder : null;

    private static IEnumerable<Finding> Unplaced(SourceFile file)
    {
        if (FolderOf(file) is { } folder && LevelOf(folder) < 0)
            yield return file.At(1, $"folder {folder} has no level",
                "one of " + string.Join(", ", Levels.SelectMany(level => level)));
    }

    private static IEnumerable<Finding> GlobalUsings(SourceFile file) =>
        from line in file.Syntax.Usings
        where line.GlobalKeyword.ValueText.Length > 0 && TargetOf(line.NamespaceOrType) is not null
        select file.At(line, $"global using {line.NamespaceOrType}", "a using line in each file that needs it");

    private static IEnumerable<Finding> Upward(IEnumerable<Use> uses) =>
        from use in uses
        where LevelOf(use.To) > LevelOf(use.From)
        select use.File.At(use.Line, $"{use.From} (level {LevelOf(use.From)}) uses {use.To} (level {LevelOf(use.To)})",
            $"level {LevelOf(use.From)} and below");

    private static IEnumerable<Finding> Circles(IReadOnlyList<Use> uses)
    {
        var sideways = uses.Where(use => LevelOf(use.From) == LevelOf(use.To)).ToList();
        var reported = new HashSet<string>();
        foreach (var use in sideways)
        {
            var back = PathBetween(use.To, use.From, sideways);
            if (back is not null && reported.Add(string.Join(' ', back.Order(StringComparer.Ordinal))))
                yield return use.File.At(use.Line, $"a circle: {use.From} → {string.Join(" → ", back)}",
                    "one direction between folders of a level");
        }
    }

    private static List<string>? PathBetween(string start, string goal, List<Use> uses)
    {
        var cameFrom = new Dictionary<string, string?> { [start] = null };
        var waiting = new Queue<string>([start]);
        while (waiting.TryDequeue(out var here))
        {
            if (here == goal)
            {
                var path = new List<string>();
                for (var step = here; step is not null; step = cameFrom[step])
                    path.Insert(0, step);
                return path;
            }

            foreach (var next in uses.Where(use => use.From == here).Select(use => use.To))
                if (cameFrom.TryAdd(next, here))
                    waiting.Enqueue(next);
        }

        return null;
    }

    private static Dictionary<string, HashSet<string>> TypesByFolder(IEnumerable<SourceFile> sources) =>
        sources.Where(file => FolderOf(file) is not null)
            .GroupBy(file => FolderOf(file)!)
            .ToDictionary(group => group.Key, group => group.SelectMany(NameRules.TopLevelTypes)
                .Select(type => type.Identifier.ValueText).ToHashSet());

    private static IEnumerable<Use> Uses(SourceFile file, Dictionary<string, HashSet<string>> types)
    {
        if (FolderOf(file) is not { } from || LevelOf(from) < 0)
            yield break;

        foreach (var name in file.Syntax.DescendantNodes().Where(IsWholeName))
            if ((TargetOf(name) ?? ShortTargetOf(name, types)) is { } to && to != from && LevelOf(to) >= 0)
                yield return new(from, to, file, SourceFile.LineOf(name));
    }

    private static bool IsWholeName(SyntaxNode node) =>
        node is QualifiedNameSyntax { Parent: not QualifiedNameSyntax and not BaseNamespaceDeclarationSyntax }
            or MemberAccessExpressionSyntax { Parent: not MemberAccessExpressionSyntax };

    /// <summary>The folder in <c>Holdfast.Gateway.Folder…</c>, or in <c>Gateway.Folder…</c>.</summary>
    private static string? TargetOf(SyntaxNode? name)
    {
        var parts = Parts(name);
        return parts switch
        {
            ["Holdfast", "Gateway", var folder, ..] => folder,
            ["Gateway", var folder, ..] => folder,
            _ => null,
        };
    }

    /// <summary>
    /// The folder in <c>Folder.Type…</c>, which code in a sibling namespace may write without a using line. A member
    /// that is called like a folder (<c>Providers.Count</c>) is none, because no type of that folder follows.
    /// </summary>
    private static string? ShortTargetOf(SyntaxNode name, Dictionary<string, HashSet<string>> types) =>
        Parts(name) is [var folder, var type, ..] && types.TryGetValue(folder, out var known) && known.Contains(type)
            ? folder
            : null;

    private static string[] Parts(SyntaxNode? name)
    {
        var dotted = name?.ToString() ?? "";
        if (dotted.StartsWith("global::", StringComparison.Ordinal))
            dotted = dotted["global::".Length..];
        var end = dotted.AsSpan().IndexOfAnyExcept(NameCharacters);
        return [.. (end < 0 ? dotted : dotted[..end]).Split('.').Select(part => part.Trim())];
    }

    private static readonly System.Buffers.SearchValues<char> NameCharacters = System.Buffers.SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.");
}

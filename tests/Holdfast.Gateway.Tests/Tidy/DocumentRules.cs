using System.Text.RegularExpressions;

namespace Holdfast.Gateway.Tests.Tidy;

/// <summary>
/// Code in the documentation is code that is tested: a block under <c>&lt;!-- snippet: Name --&gt;</c> equals the
/// region of that name in the tests, one under <c>&lt;!-- snippet: path/to/file --&gt;</c> that file.
/// </summary>
internal static partial class DocumentRules
{
    private static readonly string[] CSharpNames = ["csharp", "cs", "c#"];

    private sealed record Block(SourceFile File, int Line, string Language, string? Snippet, string[] Lines);

    private sealed record Region(SourceFile File, int Line, string Name, string[] Lines);

    public static IEnumerable<Finding> CheckSnippets(IReadOnlyCollection<SourceFile> files)
    {
        var regions = files.Where(file => file.IsCSharp && file.IsTest).SelectMany(Regions)
            .ToLookup(found => found.Name);
        var blocks = files.Where(file => file.Has("md")).SelectMany(Blocks);
        return blocks.SelectMany(block => Check(block, regions, files));
    }

    /// <summary>Every relative link and image leads to a file or folder.</summary>
    public static IEnumerable<Finding> CheckLinks(IEnumerable<SourceFile> files, IEnumerable<string> paths)
    {
        var known = paths.SelectMany(WithFolders).Append("").ToHashSet();
        return from file in files
               where file.Has("md")
               from link in Links(file)
               where !known.Contains(Resolve(file.Folder, link.Target))
               select file.At(link.Line, $"link to {link.Target}", "a file or folder of the repository");
    }

    private static IEnumerable<Finding> Check(
        Block block, ILookup<string, Region> regions, IReadOnlyCollection<SourceFile> files)
    {
        if (block.Snippet is null)
        {
            if (CSharpNames.Contains(block.Language))
                yield return block.File.At(block.Line, "C# code that no test holds", "<!-- snippet: Name --> above it");
            yield break;
        }

        var sources = files.Where(file => file.Path == block.Snippet).Select(file => file.Lines)
            .Concat(regions[block.Snippet].Select(found => found.Lines)).ToList();
        if (sources.Count != 1)
            yield return block.File.At(block.Line, $"snippet {block.Snippet} stands in {sources.Count} places",
                "one #region of that name under tests/, or a file's path from the root");
        else if (Difference(Trimmed(block.Lines), Trimmed(sources[0])) is { } difference)
            yield return block.File.At(block.Line + 1 + difference, $"differs from snippet {block.Snippet}",
                "the same text as there");
    }

    private static int? Difference(string[] block, string[] source)
    {
        var same = block.Zip(source).TakeWhile(pair => pair.First == pair.Second).Count();
        return same == block.Length && same == source.Length ? null : same;
    }

    private static string[] Trimmed(string[] lines)
    {
        var trimmed = lines.Select(line => line.TrimEnd()).SkipWhile(line => line == "").Reverse()
            .SkipWhile(line => line == "").Reverse().ToList();
        var indent = trimmed.Where(line => line != "").Select(line => line.Length - line.TrimStart().Length)
            .DefaultIfEmpty(0).Min();
        return [.. trimmed.Select(line => line == "" ? "" : line[indent..])];
    }

    private static IEnumerable<Block> Blocks(SourceFile file)
    {
        string? above = null;
        for (var i = 0; i < file.Lines.Length; i++)
        {
            var fence = Fence().Match(file.Lines[i]);
            if (fence.Success)
            {
                var start = i++;
                while (i < file.Lines.Length && !Closes(file.Lines[i], fence.Groups["fence"].Value))
                    i++;
                var snippet = Snippet().Match(above ?? "");
                yield return new(file, start + 1, fence.Groups["language"].Value.ToLowerInvariant(),
                    snippet.Success ? snippet.Groups["name"].Value : null,
                    file.Lines[(start + 1)..Math.Min(i, file.Lines.Length)]);
                above = null;
            }
            else if (file.Lines[i].Trim() != "")
            {
                above = file.Lines[i];
            }
        }
    }

    private static bool Closes(string line, string fence) =>
        line.Trim() is var end && end.StartsWith(fence, StringComparison.Ordinal) && end.Trim(fence[0]) == "";

    private static IEnumerable<Region> Regions(SourceFile file)
    {
        var open = new Stack<(string Name, int Line, List<string> Lines)>();
        foreach (var (i, line) in file.Lines.Index())
        {
            var text = line.Trim();
            if (text.StartsWith("#region", StringComparison.Ordinal))
            {
                open.Push((text["#region".Length..].Trim(), i + 1, []));
            }
            else if (text.StartsWith("#endregion", StringComparison.Ordinal) && open.TryPop(out var closed))
            {
                yield return new(file, closed.Line, closed.Name, [.. closed.Lines]);
            }
            else
            {
                foreach (var region in open)
                    region.Lines.Add(line);
            }
        }
    }

    private static IEnumerable<(int Line, string Target)> Links(SourceFile file)
    {
        var code = Blocks(file).SelectMany(block => Enumerable.Range(block.Line, block.Lines.Length + 2)).ToHashSet();
        return from line in Enumerable.Range(1, file.Lines.Length)
               where !code.Contains(line)
               from match in Link().Matches(InlineCode().Replace(file.Lines[line - 1], ""))
               let target = match.Groups["target"].Value.Split('#', '?')[0]
               where target != "" && !Scheme().IsMatch(target)
               select (line, Uri.UnescapeDataString(target));
    }

    private static string Resolve(string folder, string target)
    {
        var parts = new List<string>();
        foreach (var part in (target.StartsWith('/') ? target : folder + "/" + target).Split('/'))
        {
            if (part == ".." && parts.Count == 0)
                return "..";
            if (part == "..")
                parts.RemoveAt(parts.Count - 1);
            else if (part is not ("" or "."))
                parts.Add(part);
        }

        return string.Join('/', parts);
    }

    private static IEnumerable<string> WithFolders(string path)
    {
        for (var end = path.Length; end > 0; end = path.LastIndexOf('/', end - 1))
            yield return path[..end];
    }

    [GeneratedRegex(@"^\s*(?<fence>`{3,}|~{3,})\s*(?<language>[^\s`{]*)[^`]*$")]
    private static partial Regex Fence();

    [GeneratedRegex(@"^\s*<!--\s*snippet:\s*(?<name>.+?)\s*-->\s*$")]
    private static partial Regex Snippet();

    [GeneratedRegex(@"\]\(\s*<?(?<target>[^)\s>]*)>?(?:\s+[""'][^)]*)?\)|^\s*\[[^\]]+\]:\s*<?(?<target>[^\s>]+)")]
    private static partial Regex Link();

    [GeneratedRegex("(`+)(?!`).+?(?<!`)\\1(?!`)")]
    private static partial Regex InlineCode();

    [GeneratedRegex("^(?:[a-zA-Z][a-zA-Z0-9+.-]*:|//)")]
    private static partial Regex Scheme();
}

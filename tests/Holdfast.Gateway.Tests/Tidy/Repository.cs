namespace Holdfast.Gateway.Tests.Tidy;

/// <summary>
/// The files that belong to the repository. What a <c>.gitignore</c> leaves out is left out here too; of its patterns
/// <c>name/</c>, <c>/name/</c> and <c>*.ext</c> are understood, which are all that the repository uses.
/// </summary>
internal static class Repository
{
    private const long LargestText = 4_000_000;

    public static string Root { get; } = FindRoot();

    private static readonly Lazy<IReadOnlyList<string>> AllPaths = new(() =>
    {
        var paths = new List<string>();
        Walk(new DirectoryInfo(Root), "", [".git/"], paths);
        return paths;
    });

    private static readonly Lazy<IReadOnlyList<SourceFile>> TextFiles = new(() =>
        [.. Paths.Select(Read).OfType<SourceFile>()]);

    public static IReadOnlyList<string> Paths => AllPaths.Value;

    public static IReadOnlyList<SourceFile> Files => TextFiles.Value;

    public static IEnumerable<SourceFile> CSharp => Files.Where(file => file.IsCSharp);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Holdfast.slnx")))
                return folder.FullName;

        throw new DirectoryNotFoundException($"no Holdfast.slnx above {AppContext.BaseDirectory}");
    }

    private static void Walk(DirectoryInfo folder, string prefix, string[] ignored, List<string> found)
    {
        var rules = Path.Combine(folder.FullName, ".gitignore");
        if (File.Exists(rules))
            ignored = [.. ignored, .. File.ReadAllLines(rules).Select(line => Pattern(line, prefix))];

        foreach (var entry in folder.EnumerateFileSystemInfos().OrderBy(entry => entry.Name, StringComparer.Ordinal))
        {
            var path = prefix + entry.Name;
            if (entry.Name == ".git" || entry.LinkTarget is not null)
                continue;
            if (entry is DirectoryInfo inner && !IsIgnored(path + "/", ignored))
                Walk(inner, path + "/", ignored, found);
            else if (entry is FileInfo && !IsIgnored(path, ignored))
                found.Add(path);
        }
    }

    private static string Pattern(string line, string prefix) =>
        line.Trim() is ['/', ..] rooted ? "/" + prefix + rooted[1..] : line.Trim();

    private static bool IsIgnored(string path, string[] patterns) => patterns.Any(pattern => pattern switch
    {
        "" or ['#', ..] => false,
        ['/', .. var exact] => path == exact || path == exact + "/",
        ['*', .. var ending] => path.EndsWith(ending, StringComparison.Ordinal),
        _ => ("/" + path).EndsWith("/" + pattern, StringComparison.Ordinal)
            || ("/" + path).EndsWith("/" + pattern + "/", StringComparison.Ordinal),
    });

    private static SourceFile? Read(string path)
    {
        var file = new FileInfo(Path.Combine(Root, path));
        if (file.Length > LargestText)
            return null;

        var text = File.ReadAllText(file.FullName);
        return text.Contains('\0') ? null : new SourceFile(path, text);
    }
}

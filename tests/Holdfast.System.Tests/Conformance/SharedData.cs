using System.Formats.Tar;
using System.IO.Compression;

namespace Holdfast.System.Tests.Conformance;

/// <summary>
/// Other people's test material, which isn't part of the repository: a folder beside it, or the one that
/// <c>HOLDFAST_SHARED_DATA</c> names.
/// </summary>
internal static class SharedData
{
    public const string Exchanges = "recordings-dev.jsonl.gz";
    public const string ChunkLists = "provider-chunks.tgz";
    public const string JsonDocuments = "JSONTestSuite.tgz";
    public const string Specification = "openai-openapi.yaml";
    public const string Trace = "AzureLLMInferenceTrace_code.csv";

    public static string PathOf(string file) => Path.GetFullPath(Path.Combine(
        Environment.GetEnvironmentVariable("HOLDFAST_SHARED_DATA") is { Length: > 0 } given
            ? given
            : Path.Combine(Repository.Root, "..", "shared", "data"),
        file));

    public static bool Has(string file) => File.Exists(PathOf(file));

    /// <summary>The files of an archive, in the order of their names.</summary>
    public static IReadOnlyList<(string Name, byte[] Bytes)> Archive(string file)
    {
        var found = new List<(string Name, byte[] Bytes)>();
        using var tar = new TarReader(new GZipStream(File.OpenRead(PathOf(file)), CompressionMode.Decompress));
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.DataStream is { } data)
            {
                using var copy = new MemoryStream();
                data.CopyTo(copy);
                found.Add((entry.Name, copy.ToArray()));
            }
        }

        return [.. found.OrderBy(one => one.Name, StringComparer.Ordinal)];
    }

    /// <summary>The recorded exchanges, one JSON document each.</summary>
    public static IEnumerable<string> Lines()
    {
        using var lines = new StreamReader(
            new GZipStream(File.OpenRead(PathOf(Exchanges)), CompressionMode.Decompress));
        while (lines.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    public static string? SkipReason(string[] files) => files.FirstOrDefault(file => !Has(file)) is { } absent
        ? $"{PathOf(absent)} is not here; set HOLDFAST_SHARED_DATA"
        : null;
}

/// <summary>A test that needs shared data, and says so where it isn't.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedDataFactAttribute : FactAttribute
{
    public SharedDataFactAttribute(params string[] files) => Skip = SharedData.SkipReason(files);
}

/// <summary>A theory that needs shared data, and says so where it isn't.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedDataTheoryAttribute : TheoryAttribute
{
    public SharedDataTheoryAttribute(params string[] files) => Skip = SharedData.SkipReason(files);
}

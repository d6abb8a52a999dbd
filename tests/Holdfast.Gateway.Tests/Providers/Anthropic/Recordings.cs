using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;

namespace Holdfast.Gateway.Tests.Providers.Anthropic;

/// <summary>Real exchanges, which are not part of the repository: they lie beside it, or the tests skip.</summary>
internal static class Recordings
{
    private static readonly string? Folder = Find();

    public static string? SkipReason(string file) =>
        Folder is not null && File.Exists(Path.Combine(Folder, file)) ? null : $"../shared/data/{file} is absent";

    /// <summary>A file that <see cref="SkipReason"/> knows to be there.</summary>
    public static string PathOf(string file) => Path.Combine(Folder!, file);

    /// <summary>The recorded exchanges with one host.</summary>
    public static IEnumerable<(string File, string Path, int Status, string Request, byte[] Answer)> With(string host)
    {
        using var file = File.OpenRead(Path.Combine(Folder!, "recordings-dev.jsonl.gz"));
        using var lines = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
        while (lines.ReadLine() is { } line)
        {
            using var json = JsonDocument.Parse(line);
            var entry = json.RootElement;
            if (entry.GetProperty("host").GetString() == host)
            {
                yield return (
                    entry.GetProperty("file").GetString()!,
                    entry.GetProperty("path").GetString()!,
                    entry.GetProperty("status").GetInt32(),
                    entry.GetProperty("reqBody").ToString(),
                    entry.GetProperty("respBodyB64").GetBytesFromBase64());
            }
        }
    }

    /// <summary>The recorded streams of one provider, one event's data a line.</summary>
    public static IEnumerable<(string File, string[] Events)> Chunks(string folder)
    {
        using var file = File.OpenRead(Path.Combine(Folder!, "provider-chunks.tgz"));
        using var tar = new TarReader(new GZipStream(file, CompressionMode.Decompress));
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.DataStream is not null && entry.Name.Contains(folder) && entry.Name.EndsWith(".chunks.txt"))
            {
                var text = new StreamReader(entry.DataStream).ReadToEnd();
                yield return (Path.GetFileName(entry.Name), text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
            }
        }
    }

    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Holdfast.slnx")))
            {
                return Path.Combine(folder.FullName, "..", "shared", "data");
            }
        }

        return null;
    }
}

/// <summary>A fact about recordings: skipped, saying so, where they are absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RecordingsFactAttribute : FactAttribute
{
    public RecordingsFactAttribute(string file) => Skip = Recordings.SkipReason(file);
}

/// <summary>A theory about recordings: skipped, saying so, where they are absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RecordingsTheoryAttribute : TheoryAttribute
{
    public RecordingsTheoryAttribute(string file) => Skip = Recordings.SkipReason(file);
}

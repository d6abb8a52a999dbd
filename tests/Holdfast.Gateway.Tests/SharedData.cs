using System.Formats.Tar;
using System.IO.Compression;
using Holdfast.Gateway.Tests.Tidy;

namespace Holdfast.Gateway.Tests;

/// <summary>
/// Other people's test material, which isn't part of the repository: a folder beside it, or the one that
/// <c>HOLDFAST_SHARED_DATA</c> names.
/// </summary>
internal static class SharedData
{
    /// <summary>The files of an archive by name; null, and a word about it, where there is no such archive.</summary>
    public static IReadOnlyDictionary<string, byte[]>? Archive(string name, Action<string> say)
    {
        var folder = Environment.GetEnvironmentVariable("HOLDFAST_SHARED_DATA")
            ?? Path.Combine(Repository.Root, "..", "shared", "data");
        var path = Path.Combine(folder, name);
        if (!File.Exists(path))
        {
            say($"skipped: there is no {name} beside the repository");
            return null;
        }

        using var file = File.OpenRead(path);
        using var unzipped = new GZipStream(file, CompressionMode.Decompress);
        using var tar = new TarReader(unzipped);
        var found = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile)
            {
                using var copy = new MemoryStream();
                entry.DataStream?.CopyTo(copy);
                found[entry.Name] = copy.ToArray();
            }
        }

        return found;
    }
}

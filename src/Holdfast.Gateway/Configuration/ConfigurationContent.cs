using System.Security.Cryptography;

namespace Holdfast.Gateway.Configuration;

/// <summary>The bytes of a configuration file at one moment, or why there are none.</summary>
/// <param name="Path">The file as it was named.</param>
/// <param name="Bytes">Null when they could not be read.</param>
/// <param name="Hash">Of the bytes, or of the failure: equal means nothing changed.</param>
/// <param name="ModifiedUtc">The file's time; default when it could not be read.</param>
/// <param name="Failure">One sentence; null when the bytes are there.</param>
internal sealed record ConfigurationContent(
    string Path, byte[]? Bytes, string Hash, DateTime ModifiedUtc, string? Failure)
{
    public static readonly string TooLarge = SaysTooLarge(ConfigurationFile.LargestBytes);

    /// <param name="path">The file.</param>
    /// <param name="largest">More bytes than these are refused.</param>
    public static ConfigurationContent Read(string path, int largest = ConfigurationFile.LargestBytes)
    {
        try
        {
            if (Directory.Exists(path))
                return Failed(path, "is a directory, not a file");
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            var modified = File.GetLastWriteTimeUtc(path);
            if (ReadBounded(file, largest) is not { } bytes)
                return Failed(path, SaysTooLarge(largest));
            return new ConfigurationContent(path, bytes, Convert.ToHexString(SHA256.HashData(bytes)), modified, null);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return Failed(path, "does not exist");
        }
        catch (UnauthorizedAccessException)
        {
            return Failed(path, "may not be read: permission denied");
        }
        catch (Exception broken) when (broken is IOException or ArgumentException or NotSupportedException)
        {
            return Failed(path, $"cannot be read: {broken.Message}");
        }
    }

    /// <summary>It was read, and there is nothing in it.</summary>
    public bool IsBlank => Bytes is not null && Bytes.AsSpan().IndexOfAnyExcept(" \t\r\n"u8) < 0;

    /// <summary>Two reads in a row of this say that nobody is in the middle of writing.</summary>
    public bool IsSettledAfter(ConfigurationContent? before) =>
        before is not null && before.Hash == Hash && before.ModifiedUtc == ModifiedUtc;

    /// <summary>
    /// Null when there is more than allowed. It doesn't trust the length: what is read may grow, or be a pipe.
    /// </summary>
    private static byte[]? ReadBounded(FileStream file, int largest)
    {
        var content = new MemoryStream();
        Span<byte> chunk = stackalloc byte[8192];
        while (file.Read(chunk) is > 0 and var length)
        {
            content.Write(chunk[..length]);
            if (content.Length > largest)
                return null;
        }

        return content.ToArray();
    }

    private static string SaysTooLarge(int largest) => $"is larger than {largest} bytes";

    private static ConfigurationContent Failed(string path, string failure) =>
        new(path, null, failure, default, failure);
}

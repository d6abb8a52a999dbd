using System.Security.Cryptography;
using System.Text;

namespace Holdfast.Gateway.Security;

/// <summary>
/// The key of administration: the configured one, or one made at first start and kept in a file that only its owner
/// can read.
/// </summary>
internal static class AdminKey
{
    public const string FileName = "admin.key";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The key in the data directory; made and written when there is none yet.</summary>
    /// <param name="dataDirectory">Made when missing.</param>
    /// <param name="path">Where the key is.</param>
    /// <param name="isNew">It was made just now.</param>
    /// <exception cref="IOException">The directory or the file cannot be written or read.</exception>
    public static string LoadOrCreate(string dataDirectory, out string path, out bool isNew)
    {
        path = Path.GetFullPath(Path.Combine(dataDirectory, FileName));
        isNew = false;
        if (ReadExisting(path) is { } existing)
        {
            MakePrivate(path);
            return existing;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var key = "hf-admin-" + RandomNumberGenerator.GetHexString(48, lowercase: true);
        // Written whole beside it and then moved, so that no crash leaves half a key.
        var temporary = $"{path}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using (var file = new StreamWriter(temporary, Encoding.ASCII, options))
        {
            file.WriteLine(key);
        }

        try
        {
            File.Move(temporary, path, overwrite: IsEmptyFile(path));
            isNew = true;
            return key;
        }
        catch (IOException) when (ReadExisting(path) is { } other)
        {
            // Another process was quicker.
            return other;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>A key that others could read is no secret; the mode is put right.</summary>
    private static void MakePrivate(string path)
    {
        if (!OperatingSystem.IsWindows() && File.GetUnixFileMode(path) != OwnerOnly)
        {
            File.SetUnixFileMode(path, OwnerOnly);
        }
    }

    private static bool IsEmptyFile(string path) => File.Exists(path) && new FileInfo(path).Length == 0;

    private static string? ReadExisting(string path) =>
        File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } key ? key : null;
}

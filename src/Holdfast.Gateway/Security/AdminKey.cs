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
            return existing;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var key = "hf-admin-" + RandomNumberGenerator.GetHexString(48, lowercase: true);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            using var file = new StreamWriter(path, Encoding.ASCII, options);
            file.WriteLine(key);
            isNew = true;
            return key;
        }
        catch (IOException) when (ReadExisting(path) is { } other)
        {
            // Another process was quicker.
            return other;
        }
    }

    private static string? ReadExisting(string path) =>
        File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } key ? key : null;
}

using System.Text;

namespace Holdfast.Gateway.Configuration;

/// <summary>
/// A file that holds one secret, as container platforms mount them. Whatever is wrong with it, no message shows what
/// is in it.
/// </summary>
internal static class SecretFile
{
    /// <summary>Larger files are refused: 64 KiB.</summary>
    public const int LargestBytes = 64 * 1024;

    /// <summary>The suffix of a variable that names a file instead of holding the secret itself.</summary>
    public const string Suffix = "_FILE";

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>
    /// The content without one line end at its end (most tools put one there), or what is wrong, with the path.
    /// </summary>
    public static (string Text, string? Problem) Read(string path)
    {
        var content = ConfigurationContent.Read(path, LargestBytes);
        if (content.Bytes is not { } bytes)
            return ("", $"the file {Wording.Quote(path)} {content.Failure}");
        try
        {
            var text = StrictUtf8.GetString(bytes);
            return (text.EndsWith('\n') ? text[..^(text.EndsWith("\r\n", StringComparison.Ordinal) ? 2 : 1)] : text,
                null);
        }
        catch (DecoderFallbackException)
        {
            return ("", $"the file {Wording.Quote(path)} is not UTF-8 text");
        }
    }
}

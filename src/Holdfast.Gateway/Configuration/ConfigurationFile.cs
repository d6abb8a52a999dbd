using System.Text;

namespace Holdfast.Gateway.Configuration;

/// <summary>
/// Reads a configuration whole and says everything that is wrong with it at once. Any bytes may come: the result is
/// options or errors, never an exception.
/// </summary>
internal static class ConfigurationFile
{
    /// <summary>Larger files are refused: 1 MiB.</summary>
    public const int LargestBytes = 1024 * 1024;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <param name="path">The file; also its name in messages.</param>
    /// <param name="environment">What <c>${NAME}</c> takes, and what lies over the file.</param>
    public static ConfigurationResult Load(string path, EnvironmentVariables environment) =>
        Parse(ConfigurationContent.Read(path), environment);

    /// <param name="path">The file; also its name in messages.</param>
    /// <param name="environment">Gives the value of a variable that the file names; nothing lies over the file.</param>
    public static ConfigurationResult Load(string path, Func<string, string?> environment) =>
        Load(path, EnvironmentVariables.Of(environment));

    /// <inheritdoc cref="Load(string, EnvironmentVariables)"/>
    public static ConfigurationResult Parse(ConfigurationContent content, EnvironmentVariables environment)
    {
        if (content.Bytes is null)
            return Refuse(content.Path, 0, content.Failure ?? "cannot be read");
        string text;
        try
        {
            text = StrictUtf8.GetString(content.Bytes);
        }
        catch (DecoderFallbackException broken)
        {
            var line = 1 + content.Bytes.AsSpan(0, Math.Max(0, broken.Index)).Count((byte)'\n');
            return Refuse(content.Path, line, "is not UTF-8 text");
        }

        return Parse(text, content.Path, environment) with { ContentHash = content.Hash };
    }

    /// <param name="text">The YAML.</param>
    /// <param name="name">The file's name in messages.</param>
    /// <param name="environment">Gives the value of a variable that the text names; nothing lies over it.</param>
    public static ConfigurationResult Parse(string text, string name, Func<string, string?> environment) =>
        Parse(text, name, EnvironmentVariables.Of(environment));

    /// <param name="text">The YAML.</param>
    /// <param name="name">The file's name in messages.</param>
    /// <param name="environment">What <c>${NAME}</c> takes, and what lies over the text.</param>
    public static ConfigurationResult Parse(string text, string name, EnvironmentVariables environment)
    {
        if (text.Length > LargestBytes)
            return Refuse(name, 0, ConfigurationContent.TooLarge);
        text = text.TrimStart('\uFEFF');
        // A NUL would end the YAML silently, and what follows it would be lost.
        var control = text.AsSpan().IndexOfAny(Unprintable);
        if (control >= 0)
        {
            var line = 1 + text.AsSpan(0, control).Count('\n');
            return Refuse(name, line, $"holds the control character U+{(int)text[control]:X4}");
        }

        var problems = new ProblemList(name);
        var root = YamlReader.Read(text, new EnvironmentText(environment), problems);
        // Without a root after an error, checks would only talk about what is missing because of it.
        if (root is null && problems.HasErrors)
            return problems.ToResult(null);
        var (laid, variables, targets) = VariableReader.Lay(root, environment, problems);
        var options = ConfigurationSections.Read(laid, targets, problems);
        variables.ReportRest();
        return problems.ToResult(options);
    }

    private static ConfigurationResult Refuse(string name, int line, string message)
    {
        var problems = new ProblemList(name);
        problems.Error(line, "", message);
        return problems.ToResult(null);
    }

    private static readonly System.Buffers.SearchValues<char> Unprintable = System.Buffers.SearchValues.Create(
        [.. Enumerable.Range(0, 32).Select(code => (char)code).Except(['\t', '\n', '\r']), '\u007F']);
}

using System.Text;

namespace Holdfast.Gateway.Configuration.Import;

/// <summary>What an import led to.</summary>
internal sealed record ImportResult
{
    /// <summary>Whose configuration it was, such as <c>LiteLLM</c>; empty when it was nobody's.</summary>
    public string Kind { get; init; } = "";

    /// <summary>Our configuration, which loads when its variables are set; null when there is any error.</summary>
    public string? Yaml { get; init; }

    /// <summary>Why there is none.</summary>
    public IReadOnlyList<ConfigurationProblem> Errors { get; init; } = [];

    /// <summary>What did not simply map, by line.</summary>
    public IReadOnlyList<ImportNote> Notes { get; init; } = [];

    /// <summary>The environment variables that the configuration needs, with a value of the right form each.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();
}

/// <summary>
/// Turns another gateway's configuration into ours. Any bytes may come: the result is a configuration that loads, or
/// errors; never an exception, and never half of a configuration.
/// </summary>
internal static class ConfigurationImport
{
    private const string Kinds = "allowed: a LiteLLM proxy configuration (model_list), a Portkey config (strategy, " +
        "targets), or the older shapes 'reliability' and 'global' with 'models'";

    // A value, its provider, the targets there, their routes, and then some.
    private const int MostRounds = 20;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <param name="path">The file; also its name in messages.</param>
    /// <param name="model">The name that callers send, for a source that has none. Default null.</param>
    public static ImportResult Load(string path, string? model = null)
    {
        var content = ConfigurationContent.Read(path);
        if (content.Bytes is null)
            return Refused(path, 0, content.Failure ?? "cannot be read");
        try
        {
            return Parse(StrictUtf8.GetString(content.Bytes), path, model);
        }
        catch (DecoderFallbackException broken)
        {
            var line = 1 + content.Bytes.AsSpan(0, Math.Max(0, broken.Index)).Count((byte)'\n');
            return Refused(path, line, "is not UTF-8 text");
        }
    }

    /// <param name="text">The source.</param>
    /// <param name="name">The file's name in messages.</param>
    /// <param name="model">The name that callers send, for a source that has none. Default null.</param>
    public static ImportResult Parse(string text, string name, string? model = null)
    {
        if (text.Length > ConfigurationFile.LargestBytes)
            return Refused(name, 0, ConfigurationContent.TooLarge);
        text = text.TrimStart('\uFEFF');
        // A NUL would end YAML silently, and what follows it would be lost.
        var control = text.AsSpan().IndexOfAnyInRange('\0', '\b');
        if (control >= 0)
            return Refused(name, 1 + text.AsSpan(0, control).Count('\n'), "holds a control character");
        var problems = new ProblemList(name);
        try
        {
            return Read(text, name, model, problems);
        }
        catch (SourceException unusable)
        {
            problems.Error(unusable.Line, "", unusable.Message);
            return new ImportResult { Errors = problems.ToResult(null).Errors };
        }
    }

    private static ImportResult Read(string text, string name, string? model, ProblemList problems)
    {
        var isJson = text.AsSpan().TrimStart().StartsWith("{") &&
            !name.EndsWith(".yaml", StringComparison.OrdinalIgnoreCase) &&
            !name.EndsWith(".yml", StringComparison.OrdinalIgnoreCase);
        var node = isJson ? SourceJson.Read(text, problems) : SourceYaml.Read(text, problems);
        if (node is not MappingNode root)
            return Refused(name, node?.Line ?? 0, $"is no configuration that can be imported ({Kinds})");
        // The first reading finds the variables that the source uses, so that in the second one no secret gets the
        // name of one of them.
        var names = new VariableNames();
        if (ReadAs(root, new ProblemList(name), new ImportReport(), new ImportedConfiguration(), names, model) is null)
            return Refused(name, 0, $"is no configuration that can be imported ({Kinds})");
        names.Restart();
        var report = new ImportReport();
        var result = new ImportedConfiguration();
        var kind = ReadAs(root, problems, report, result, names, model)!;
        return problems.HasErrors
            ? new ImportResult { Kind = kind, Errors = problems.ToResult(null).Errors }
            : Checked(kind, result, name, report);
    }

    /// <summary>Whose configuration it is; null when it is nobody's.</summary>
    private static string? ReadAs(MappingNode root, ProblemList problems, ImportReport report,
        ImportedConfiguration result, VariableNames names, string? model)
    {
        var plain = new SourceSection(root, 0, "", new ImportSource(problems, report, names));
        if (LiteLlmImport.Is(plain))
        {
            new LiteLlmImport(result).Read(Section(new(problems, report, names) { TakesOsEnviron = true }));
            return "LiteLLM";
        }

        if (OlderImport.IsReliability(plain))
        {
            new OlderImport(result).ReadReliability(Section(new(problems, report, names) { TakesBraces = true }));
            return "the older shape 'reliability'";
        }

        if (OlderImport.IsModels(plain))
        {
            new OlderImport(result).ReadModels(Section(new(problems, report, names) { TakesBraces = true }));
            return "the older shape 'global' and 'models'";
        }

        if (!PortkeyImport.Is(plain))
            return null;
        new PortkeyImport(result, model).Read(Section(new(problems, report, names) { TakesCamelCase = true }));
        return "Portkey";

        SourceSection Section(ImportSource source)
        {
            source.Reserve(root);
            return new SourceSection(root, 0, "", source);
        }
    }

    /// <summary>
    /// What is handed out loads: a value that our own loader refuses is taken out and reported with the place that it
    /// would have, and with it what cannot be without it.
    /// </summary>
    private static ImportResult Checked(string kind, ImportedConfiguration result, string name, ImportReport report)
    {
        for (var round = 0; ; round++)
        {
            var (yaml, variables) = result.ToYaml(kind, report);
            var loaded = ConfigurationFile.Parse(yaml, name, variable => variables.GetValueOrDefault(variable));
            if (loaded.Errors.Count > 0 && round < MostRounds && result.Remove(loaded.Errors, report))
                continue;
            return new ImportResult
            {
                Kind = kind,
                Yaml = loaded.Options is null ? null : yaml,
                Errors = [.. loaded.Errors.Select(error => error with { Line = 0, Message = Refusal(error) })],
                Notes = report.Notes,
                Variables = variables,
            };
        }
    }

    /// <summary>What our own loader said of a value that was imported.</summary>
    public static string Refusal(ConfigurationProblem error) =>
        $"cannot become this in the new configuration: {error.Message}";

    private static ImportResult Refused(string name, int line, string message) =>
        new() { Errors = [new ConfigurationProblem(name, line, "", message)] };
}

namespace Holdfast.Gateway.Configuration;

/// <summary>The whole file, section by section.</summary>
internal static class ConfigurationSections
{
    private static readonly string[] Levels =
        ["trace", "debug", "information", "warning", "error", "critical", "none"];

    /// <summary>The options as far as they are right; what is wrong stands in <paramref name="problems"/>.</summary>
    /// <param name="file">The file; null when it is empty.</param>
    /// <param name="targets">The targets that its models name.</param>
    /// <param name="problems">Told of everything that is wrong.</param>
    public static HoldfastOptions Read(MappingNode? file, ModelTargets targets, ProblemList problems)
    {
        var root = new SectionReader(file, 0, "", problems);
        var server = ServerSection.Read(root.Section("server"));
        var defaults = DefaultsSection.Read(root.Section("defaults"));
        var providers = ProvidersSection.Read(root.Section("providers"), defaults, targets);
        var models = new ModelsSection(defaults, providers).Read(root.Section("models"));
        var limits = OptionLayers.Limits(root.Section("limits"));
        var modes = ModesSection.Read(root.Section("modes"));
        UnbuiltSections.Read(root);
        var metrics = root.Section("metrics");
        var interval = metrics.Duration("exportInterval", new HoldfastOptions().MetricsExportInterval,
            TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(1));
        metrics.Done();
        var level = ReadLogging(root.Section("logging"));
        root.Done();
        if (providers.Count == 0 && models.Count == 0)
            problems.Warn(0, "", "has no providers and no models: there is nothing that could answer a call");
        return new HoldfastOptions
        {
            Server = server, Limits = limits, Providers = providers, Models = models, Modes = modes, LogLevel = level,
            MetricsExportInterval = interval,
        };
    }

    private static LogLevel ReadLogging(SectionReader logging)
    {
        var level = logging.Word("level", "information", Levels);
        UnbuiltSections.ReadLoggingContent(logging);
        logging.Done();
        return Enum.Parse<LogLevel>(level, ignoreCase: true);
    }
}

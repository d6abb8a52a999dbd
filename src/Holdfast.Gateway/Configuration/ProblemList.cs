namespace Holdfast.Gateway.Configuration;

/// <summary>
/// Collects what is wrong while a configuration is read. A section that is laid over several parents is read several
/// times; what it says is kept once.
/// </summary>
internal sealed class ProblemList(string file)
{
    // A hostile file can hold a mistake in every few bytes; nobody reads beyond this.
    private const int Most = 1000;

    private readonly List<ConfigurationProblem> _errors = [];
    private readonly List<ConfigurationProblem> _warnings = [];
    private readonly HashSet<ConfigurationProblem> _seen = [];
    private readonly HashSet<(MappingNode Section, string Place)> _checked = [];
    private int _leftOut;

    /// <summary>What was read beside what was wrong with it.</summary>
    public EffectiveValues Values { get; } = new(file);

    public bool HasErrors => _errors.Count > 0;

    /// <summary>Further errors are only counted.</summary>
    public bool IsFull => _errors.Count >= Most;

    public void Error(int line, string place, string message) => Add(_errors, line, place, message);

    public void Warn(int line, string place, string message) => Add(_warnings, line, place, message);

    /// <summary>True once for a section at a place: its unknown keys need no second look.</summary>
    public bool IsFirstVisit(MappingNode section, string place) => _checked.Add((section, place));

    public ConfigurationResult ToResult(HoldfastOptions? options, string? contentHash = null)
    {
        var errors = _errors.OrderBy(error => error.Line).ToList();
        if (_leftOut > 0)
            errors.Add(new ConfigurationProblem(file, 0, "", $"{_leftOut} more problems are left out"));
        return new ConfigurationResult
        {
            Options = HasErrors ? null : options,
            Errors = errors,
            Warnings = [.. _warnings.OrderBy(warning => warning.Line)],
            ContentHash = contentHash,
            Values = Values,
        };
    }

    private void Add(List<ConfigurationProblem> list, int line, string place, string message)
    {
        var problem = line == ConfigurationNode.InEnvironment
            ? new ConfigurationProblem("environment", 0, place, message)
            : new ConfigurationProblem(file, line, place, message);
        if (_seen.Contains(problem))
            return;
        if (list.Count >= Most)
        {
            _leftOut++;
            return;
        }

        _seen.Add(problem);
        list.Add(problem);
    }
}

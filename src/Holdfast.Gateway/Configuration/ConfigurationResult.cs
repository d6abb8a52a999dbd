namespace Holdfast.Gateway.Configuration;

/// <summary>What reading a configuration led to.</summary>
internal sealed record ConfigurationResult
{
    /// <summary>The whole configuration; null when there is any error.</summary>
    public HoldfastOptions? Options { get; init; }

    /// <summary>Every error that was found, by line.</summary>
    public IReadOnlyList<ConfigurationProblem> Errors { get; init; } = [];

    /// <summary>What loads but will surprise, by line.</summary>
    public IReadOnlyList<ConfigurationProblem> Warnings { get; init; } = [];

    /// <summary>Every value in force with where it came from; null when nothing could be read.</summary>
    public EffectiveValues? Values { get; init; }

    /// <summary>
    /// Which content this was read from, so that a reloader knows what is in force; null when it came from no file.
    /// </summary>
    public string? ContentHash { get; init; }
}

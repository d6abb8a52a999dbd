namespace Holdfast.Simulator;

/// <summary>A scenario or behaviour is not valid. The message has one line per error, each with its place.</summary>
public sealed class ScenarioException : Exception
{
    /// <summary>Makes one from its errors.</summary>
    /// <param name="errors">At least one; each <c>where: what: what is allowed</c>.</param>
    public ScenarioException(IReadOnlyList<string> errors) : base(string.Join('\n', errors)) => Errors = errors;

    /// <summary>Each error by itself.</summary>
    public IReadOnlyList<string> Errors { get; }
}

namespace Holdfast.Gateway.Admission;

/// <summary>Over what a provider counts the limits that it announces.</summary>
internal enum RateLimitScope
{
    /// <summary>It shows in what its answers say.</summary>
    Auto,

    /// <summary>Each key's calls over all models.</summary>
    Key,

    /// <summary>Each key's calls of each model.</summary>
    Model,
}
